"""The status of a payment as people read it: refunds and disputes are part of it."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..models import Payment

REFUNDED = "refunded"
PARTLY_REFUNDED = "partly_refunded"
#: The bank has the money, or some of it, because of a dispute.
DISPUTED = "disputed"

LABELS: dict[str, Any] = {
    REFUNDED: _("Refunded"),
    PARTLY_REFUNDED: _("Partly refunded"),
    DISPUTED: _("Disputed"),
}

_PAID = Q(status=Payment.Status.SUCCEEDED, amount_disputed=0)
_ALL_REFUNDED = Q(amount_received__gt=0, amount_refunded__gte=F("amount_received"))

#: Shown status → the payments that have it. Any other status is in the column of that name.
CONDITIONS: dict[str, Q] = {
    Payment.Status.SUCCEEDED: _PAID & Q(amount_refunded=0),
    PARTLY_REFUNDED: _PAID & Q(amount_refunded__gt=0) & ~_ALL_REFUNDED,
    REFUNDED: _PAID & _ALL_REFUNDED,
    DISPUTED: Q(status=Payment.Status.SUCCEEDED, amount_disputed__gt=0),
}


def of(payment: Payment) -> str:
    """Return the payment's status, or REFUNDED, PARTLY_REFUNDED or DISPUTED once it was paid."""
    if payment.status != Payment.Status.SUCCEEDED:
        return payment.status
    if payment.amount_disputed:
        return DISPUTED
    if payment.is_fully_refunded:
        return REFUNDED
    return PARTLY_REFUNDED if payment.amount_refunded else payment.status


def label(payment: Payment) -> str:
    """Return the shown status in the active language, capitalized."""
    shown = of(payment)
    return str(LABELS[shown] if shown in LABELS else capfirst(payment.status_label))


def choices() -> list[tuple[str, str]]:
    """Return every shown status with its label in the active language."""
    statuses = [(str(value), capfirst(str(words))) for value, words in Payment.Status.choices]
    return [*statuses, *((value, str(words)) for value, words in LABELS.items())]


def matching(shown: str) -> Q:
    """Return the condition for payments with this shown status."""
    return CONDITIONS.get(shown, Q(status=shown))
