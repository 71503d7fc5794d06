"""Fees in minor units: estimated for a new payment, real once its balance transaction is known."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.module_loading import import_string

from .. import money
from ..balance import apply as balance_apply
from ..conf import settings
from ..exceptions import ConfigurationError
from ..models import BalanceTransaction, Payment
from ..stripe_api.lookup import id_of

#: A share of the amount and a fixed amount in the major unit: ("0.029", "0.30").
Rate = tuple[Decimal | str, Decimal | str]


def estimate(amount: int, currency: str, country: str = "") -> int:
    """Return what Stripe will probably charge for ``amount``; both in minor units.

    STRIPE_FEE_RATES may have a rate for "eur:GB" besides the one for "eur"; "default" is used for
    every other currency. The fixed amount of a rate is in the major unit of ``currency``.

    Args:
        country: the card's country, or empty. It is known for a saved card, and for any other
            card once it was charged.
    """
    rates: Mapping[str, Rate] = settings.STRIPE_FEE_RATES
    keys = (f"{currency}:{country.upper()}", currency, "default")
    rate = next((rates[key] for key in keys if key in rates), None)
    return fee(amount, currency, rate) if rate else 0


def platform_fee(payment: Payment) -> int:
    """Return the site's own fee for a payment, in minor units, by STRIPE_PLATFORM_FEE.

    The setting is None, a rate, or the dotted path of a function that takes the unsaved payment
    (type, amount, currency, user, metadata) and returns minor units.

    Raises:
        ConfigurationError: the function did not return an int.
    """
    configured = settings.STRIPE_PLATFORM_FEE
    if not configured:
        return 0
    if isinstance(configured, str):
        configured = import_string(configured)
    if callable(configured):
        return max(0, min(_whole(configured(payment)), payment.amount))
    return fee(payment.amount, payment.currency, configured)


def _whole(minor: Any) -> int:
    # A Decimal or a float is in the major unit, or would have to be rounded.
    if type(minor) is not int:
        msg = f"STRIPE_PLATFORM_FEE returned {minor!r}: return an int, in minor units."
        raise ConfigurationError(msg)
    return minor


def fee(amount: int, currency: str, rate: Rate) -> int:
    """Return a rate's fee for ``amount``, rounded half up to what the currency allows.

    The fee is at least zero and at most the amount.
    """
    share, fixed = (Decimal(part) for part in rate)
    step = money.step(currency)
    exact = amount * share + fixed.scaleb(money.exponent(currency))
    rounded = int((exact / step).to_integral_value(ROUND_HALF_UP)) * step
    return max(0, min(rounded, amount))


def apply_charge(payment: Payment, charge: Mapping[str, Any]) -> None:
    """Replace the estimated fee when the payment's charge names its balance transaction.

    Stripe may settle in another currency than the charge's. Then the balance transaction's fee is
    in that currency too, and the payment keeps an estimate besides, by the country of the card.
    """
    transaction_id = id_of(charge.get("balance_transaction"))
    transaction = balance_apply.keep(transaction_id) if transaction_id else None
    if payment.settlement_currency or not charge.get("captured"):
        return
    _estimate_again(payment, charge)
    if transaction is not None:
        apply_balance_transaction(payment, transaction)


def _estimate_again(payment: Payment, charge: Mapping[str, Any]) -> None:
    card_details = charge.get("payment_method_details") or {}
    country = (card_details.get("card") or {}).get("country") or ""
    captured = charge.get("amount_captured")
    if captured is None:  # older API versions leave it out
        captured = charge.get("amount", payment.amount)
    expected = estimate(captured, payment.currency, country)
    if country and expected != payment.stripe_fee:
        _set_fee(payment, stripe_fee=expected)


def _set_fee(payment: Payment, **fee: Any) -> None:
    """Write a fee, unless the real one is known by now."""
    Payment.objects.filter(pk=payment.pk, fee_is_final=False).update(**fee)


def awaits_fee(payment: Payment) -> bool:
    """Return whether no balance transaction of the payment's charge is known yet."""
    return not payment.settlement_currency


def apply_balance_transaction(payment: Payment, transaction: BalanceTransaction) -> None:
    """Set the real fee and net of a payment from the balance transaction of its charge.

    They replace the estimate only where Stripe settles in the payment's currency.
    """
    settled = {
        "settlement_currency": transaction.currency,
        "settlement_fee": transaction.fee,
        "settlement_net": transaction.net,
    }
    waiting = Payment.objects.filter(pk=payment.pk, settlement_currency="")
    if transaction.currency == payment.currency:
        waiting.update(**settled, stripe_fee=transaction.fee, fee_is_final=True)
    else:
        waiting.update(**settled)
