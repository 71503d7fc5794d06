"""Find the row of a payment by any of its ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from ..database import statements
from ..exceptions import PaymentNotFound
from ..models import Payment
from ..stripe_api.lookup import id_of, intent_id

#: Key in the metadata of our payment intents that holds the row's id, in case the intent's is lost.
PAYMENT_KEY = "django_payment_id"

#: Anything else that a browser sends is not an id, and is not looked up.
INTENT_ID = re.compile(r"pi_\w{1,250}", re.ASCII)


def find_payment(reference: Payment | UUID | str) -> Payment:
    """Return the row that ``reference`` names, read again. Raises PaymentNotFound."""
    if isinstance(reference, Payment):
        reference = reference.pk
    if isinstance(reference, str) and INTENT_ID.fullmatch(reference):
        lookup = Q(stripe_id=reference)
    else:
        lookup = Q(pk=_uuid(reference))
    payment = Payment.objects.filter(lookup).first()
    if payment is None:
        msg = f"There is no payment {reference!r}: pass its id or its payment intent's (pi_…)."
        raise PaymentNotFound(msg)
    return payment


def payment_of_intent(intent: Mapping[str, Any]) -> Payment | None:
    """Return our row of a payment intent, by the intent's id or by ours in its metadata.

    Ours is for an intent whose id never reached us: the process died, or the event was faster
    than the answer. It counts only if the row has no other intent, and the same amount and
    currency.
    """
    stripe_id = str(intent["id"])
    payment = statements.find(Payment, "stripe_id", stripe_id)
    return payment or _adopt(stripe_id, intent)


def payment_of_charge(about: Mapping[str, Any]) -> Payment | None:
    """Return the payment that a refund, dispute or warning names by its intent or its charge."""
    intent, charge = intent_id(about), id_of(about.get("charge"))
    payment = Payment.objects.filter(stripe_id=intent).first() if intent else None
    return payment or (Payment.objects.filter(charge_id=charge).first() if charge else None)


def _adopt(stripe_id: str, intent: Mapping[str, Any]) -> Payment | None:
    key = _uuid((intent.get("metadata") or {}).get(PAYMENT_KEY))
    if key is None:
        return None
    row = Payment.objects.filter(
        pk=key, stripe_id=None, amount=intent["amount"], currency=intent["currency"]
    )
    row.update(stripe_id=stripe_id)
    return Payment.objects.filter(stripe_id=stripe_id).first()


def _uuid(value: object) -> UUID | None:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None
