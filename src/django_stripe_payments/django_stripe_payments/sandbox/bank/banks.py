"""Stripe's test bank accounts: payments that stay ``processing`` until they are settled.

https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-account-numbers
"""

from dataclasses import dataclass

from .cards import Decline


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    token: str
    #: Last digits of the account, by which a saved account is recognized again.
    last4: str
    #: How the debit ends; None: with success.
    failure: Decline | None = None
    #: It ends only by command, never by itself.
    endless: bool = False
    dispute: str | None = None


def _failure(code: str, message: str) -> Decline:
    return Decline(code=code, decline_code="", message=message, type="invalid_request_error")


BANKS = (
    Bank(token="success", last4="6789"),  # noqa: S106
    Bank(
        token="accountClosed",  # noqa: S106
        last4="1113",
        failure=_failure("account_closed", "The customer's bank account has been closed."),
    ),
    Bank(
        token="noAccount",  # noqa: S106
        last4="1116",
        failure=_failure(
            "no_account", "The customer's bank account could not be located, or does not exist."
        ),
    ),
    Bank(
        token="insufficientFunds",  # noqa: S106
        last4="2227",
        failure=_failure(
            "insufficient_funds", "The customer's bank account does not hold enough money."
        ),
    ),
    Bank(
        token="debitNotAuthorized",  # noqa: S106
        last4="3335",
        failure=_failure(
            "debit_not_authorized", "The customer says that they did not authorize the debit."
        ),
    ),
    Bank(token="processing", last4="1227", endless=True),  # noqa: S106
    Bank(token="dispute", last4="0058", dispute="debit_not_authorized"),  # noqa: S106
)

#: What an account without a fault of its own is failed with, by command.
UNPAID = _failure("insufficient_funds", "The customer's bank account does not hold enough money.")

BY_LAST4 = {bank.last4: bank for bank in BANKS}
_BY_TOKEN = {f"pm_usBankAccount_{bank.token}": bank for bank in BANKS}


def by_token(token: str) -> Bank | None:
    """Return the account of ``pm_usBankAccount_success`` and its sisters."""
    return _BY_TOKEN.get(token)
