"""Fees, exact in minor units: estimated when a payment is made, real once Stripe has booked it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.module_loading import import_string

from .. import money
from ..conf import settings
from ..exceptions import ConfigurationError
from ..models import Payment, WebhookEvent
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of, intent_id
from .lookup import payment_of_intent

#: A share of the amount and a fixed part in the major unit: ("0.029", "0.30").
Rate = tuple[Decimal | str, Decimal | str]


def estimate(amount: int, currency: str, country: str = "") -> int:
    """Return what Stripe will probably take of ``amount``; both in minor units.

    ``country`` is the card's, if it is known: of a saved card from the start, else from the charge
    on. STRIPE_FEE_RATES may have a rate for
    "eur:GB" beside the one for "eur"; "default" is for every other currency. Its fixed part
    counts in the major unit of the currency that is charged.
    """
    rates: Mapping[str, Rate] = settings.STRIPE_FEE_RATES
    keys = (f"{currency}:{country.upper()}", currency, "default")
    rate = next((rates[key] for key in keys if key in rates), None)
    return fee(amount, currency, rate) if rate else 0


def platform_fee(payment: Payment) -> int:
    """Return the site's own fee for a payment, in minor units, by STRIPE_PLATFORM_FEE.

    The setting is None, a rate, or the dotted path of a callable that gets the unsaved payment
    (type, amount, currency, user, metadata) and returns minor units.
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
    # A Decimal or float is a sum in the major unit, or one that somebody has to round.
    if type(minor) is not int:
        msg = f"STRIPE_PLATFORM_FEE returned {minor!r}: return an int, in minor units."
        raise ConfigurationError(msg)
    return minor


def fee(amount: int, currency: str, rate: Rate) -> int:
    """Return share and fixed part of ``amount``, rounded half up to what the currency allows.

    Never less than zero and never more than the amount.
    """
    share, fixed = (Decimal(part) for part in rate)
    step = money.step(currency)
    exact = amount * share + fixed.scaleb(money.exponent(currency))
    rounded = int((exact / step).to_integral_value(ROUND_HALF_UP)) * step
    return max(0, min(rounded, amount))


def apply_charge(event: WebhookEvent) -> None:
    """Replace the estimate by the booked fee when a ``charge.*`` event names the booking.

    The booking (balance transaction) may be in another currency than the charge, when Stripe
    settles in another; then its fee is in that currency. As long as there is none in the
    charge's, the fee is estimated by the country of the card, which the charge tells.
    """
    charge: Mapping[str, Any] = event.data_object
    booking, intent = id_of(charge.get("balance_transaction")), intent_id(charge)
    if not intent or not charge.get("captured"):
        return
    payment = payment_of_intent({"id": intent})
    if payment is None or payment.fee_is_final:
        return
    _estimate_again(payment, charge)
    if booking:
        with translated_errors():
            booked = get_client().v1.balance_transactions.retrieve(booking)
        apply_booking(payment, booked.to_dict())


def _estimate_again(payment: Payment, charge: Mapping[str, Any]) -> None:
    paid_with = charge.get("payment_method_details") or {}
    country = (paid_with.get("card") or {}).get("country") or ""
    expected = estimate(charge["amount_captured"], payment.currency, country)
    if country and expected != payment.stripe_fee:
        _take(payment, stripe_fee=expected)


def _take(payment: Payment, **fee: Any) -> None:
    """Write a fee, unless the booked one is known by now."""
    Payment.objects.filter(pk=payment.pk, fee_is_final=False).update(**fee)


def lacks(payment: Payment, booking: Mapping[str, Any]) -> bool:
    """Whether the payment does not have the fee of its booking yet, and could have it."""
    return not payment.fee_is_final and booking["currency"] == payment.currency


def apply_booking(payment: Payment, booking: Mapping[str, Any]) -> None:
    """Take the real fee of a payment from its charge's balance transaction."""
    if lacks(payment, booking):
        _take(payment, stripe_fee=booking["fee"], fee_is_final=True)
