"""Decline codes in the customer's language.

Stripe's own messages are English, and some are written for developers. The codes are those of
https://docs.stripe.com/declines/codes and of PaymentIntent.last_payment_error.code.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Also for codes whose reason the customer must not learn, such as a card reported as stolen.
DECLINED = _("Your card was declined. Try another card, or contact your bank.")

#: For a code that is newer than this table, which need not be about a card.
FAILED = _("The payment did not go through. Try again, or use another payment method.")

#: Message → the codes that it explains.
_CODES: list[tuple[Any, tuple[str, ...]]] = [
    (
        DECLINED,
        (
            "call_issuer",
            "card_declined",
            "do_not_honor",
            "do_not_try_again",
            "fraudulent",
            "generic_decline",
            "lost_card",
            "merchant_blacklist",
            "no_action_taken",
            "pickup_card",
            "restricted_card",
            "revocation_of_all_authorizations",
            "revocation_of_authorization",
            "security_violation",
            "stolen_card",
            "stop_payment_order",
            "test_mode_live_card",
            "testmode_decline",
        ),
    ),
    (_("Your card has insufficient funds. Try another card."), ("insufficient_funds",)),
    (_("Your card has expired. Try another card."), ("expired_card",)),
    (
        _("The card number is incorrect. Check it and try again."),
        (
            "incorrect_number",
            "invalid_account",
            "invalid_number",
        ),
    ),
    (
        _("The security code is incorrect. Check it and try again."),
        (
            "incorrect_cvc",
            "invalid_cvc",
        ),
    ),
    (
        _("The expiration date is incorrect. Check it and try again."),
        (
            "invalid_expiry_month",
            "invalid_expiry_year",
        ),
    ),
    (
        _("The billing address does not match your card. Check it and try again."),
        (
            "incorrect_address",
            "incorrect_zip",
        ),
    ),
    (
        _("Your card does not support this payment. Try another card."),
        (
            "card_not_supported",
            "currency_not_supported",
            "invalid_amount",
            "not_permitted",
            "service_not_allowed",
            "transaction_not_allowed",
        ),
    ),
    (
        _("Your card's limit has been reached. Try another card, or contact your bank."),
        (
            "card_velocity_exceeded",
            "withdrawal_count_limit_exceeded",
        ),
    ),
    (
        _("Your bank could not process the payment. Try again in a few minutes."),
        (
            "approve_with_id",
            "issuer_not_available",
            "payment_method_provider_timeout",
            "processing_error",
            "reenter_transaction",
            "try_again_later",
        ),
    ),
    (
        _("The same amount was just paid with this card. Check before trying again."),
        ("duplicate_transaction",),
    ),
    (_("Your bank asks you to confirm this payment."), ("authentication_required",)),
    (
        _("Your bank could not verify your identity. Try again, or use another card."),
        (
            "authentication_not_handled",
            "payment_intent_authentication_failure",
            "setup_intent_authentication_failure",
        ),
    ),
    (
        _("The payment was canceled before it was complete. Try again, or use another method."),
        (
            "payment_intent_payment_attempt_expired",
            "payment_method_customer_decline",
        ),
    ),
]

_MESSAGES: dict[str, Any] = {code: text for text, codes in _CODES for code in codes}


def explain(code: str) -> str:
    """Return why a payment failed, and what the customer can do, in the active language.

    ``code`` is the decline code, or the error code where there is none; any other value gets a
    general message.
    """
    return str(_MESSAGES.get(code, FAILED))


def messages() -> dict[str, str]:
    """Return code → message for every known code, in the active language."""
    return {code: str(text) for code, text in _MESSAGES.items()}
