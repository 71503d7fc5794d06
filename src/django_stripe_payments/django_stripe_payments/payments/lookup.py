"""Find the row of a payment from whatever names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from ..database import statements
from ..exceptions import PaymentNotFound
from ..models import Payment

#: Metadata of our payment intents that leads back to the row, should its id be lost on the way.
PAYMENT_KEY = "django_payment_id"

#: Whatever else a browser sends is no id, and no database has to be asked with it.
INTENT_ID = re.compile(r"pi_\w{1,250}", re.ASCII)


def find_payment(reference: Payment | UUID | str) -> Payment:
    """Return the row that ``reference`` means, read afresh. Raises PaymentNotFound."""
    if isinstance(reference, Payment):
        reference = reference.pk
    if isinstance(reference, str) and INTENT_ID.fullmatch(reference):
        lookup = Q(stripe_id=reference)
    else:
        lookup = Q(pk=_uuid(reference))
    payment = Payment.objects.filter(lookup).first()
    if payment is None:
        msg = f"There is no payment {reference!r}: give its id or its payment intent's (pi_…)."
        raise PaymentNotFound(msg)
    return payment


def payment_of_intent(intent: Mapping[str, Any]) -> Payment | None:
    """Return our row of a payment intent, by its id or by the id that we sent along.

    The second way is for an intent whose id never reached us: the process died, or the event
    was faster than the answer. It is only taken while our row knows no other intent, and if
    currency and amount are what we asked for.
    """
    stripe_id = str(intent["id"])
    payment = statements.find(Payment, "stripe_id", stripe_id)
    return payment or _adopt(stripe_id, intent)


def _adopt(stripe_id: str, intent: Mapping[str, Any]) -> Payment | None:
    ours = _uuid((intent.get("metadata") or {}).get(PAYMENT_KEY))
    if ours is None:
        return None
    mine = Payment.objects.filter(
        pk=ours, stripe_id=None, amount=intent["amount"], currency=intent["currency"]
    )
    mine.update(stripe_id=stripe_id)
    return Payment.objects.filter(stripe_id=stripe_id).first()


def _uuid(value: object) -> UUID | None:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None
