"""When a payment succeeded or was canceled, by Stripe's clock.

An intent does not say when it succeeded. Its charge does, or the balance transaction of what was
captured later. Until that is known it is the time of the event that said so, or the moment at
which this site asked; the earliest one counts. So every order of the same news ends alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, F, Q, Value, When

from .. import clock
from ..database import statements
from ..models import BalanceTransaction, Charge, Payment, WebhookEvent
from ..stripe_api.timestamps import from_timestamp

SUCCEEDED = "payment_intent.succeeded"


def of_status(intent: Mapping[str, Any], event: WebhookEvent | None) -> dict[str, datetime]:
    """Return the columns that say when the intent's status became true, and when we learned it."""
    now = clock.now()
    if intent["status"] == Payment.Status.SUCCEEDED:
        return {"succeeded_at": _stated(event) or now, "succeeded_recorded_at": now}
    if intent["status"] == Payment.Status.CANCELED:
        canceled = intent.get("canceled_at")
        at = from_timestamp(canceled) if canceled else now
        return {"canceled_at": at, "canceled_recorded_at": now}
    return {}


def settle(payment: Payment, event: WebhookEvent | None = None, *, charge_id: str = "") -> None:
    """Set when the payment succeeded to the best that is known now; later calls know better.

    Call it whenever more is known: a success, a charge, a balance transaction. A payment that
    has not succeeded stays as it is, also if it succeeds in another process at this moment.
    ``charge_id`` is for a charge whose news overtook the intent's.
    """
    at = _exact(payment, charge_id or payment.charge_id)
    if at is not None:
        better = Q(succeeded_at=None) | ~Q(succeeded_at=at)
    elif (at := _stated(event)) is not None:
        better = Q(succeeded_at__gt=at)
    else:
        return
    known = Case(When(succeeded_at=None, then=F("succeeded_at")), default=Value(at))
    written = Payment.objects.filter(better, pk=payment.pk).update(succeeded_at=known)
    if written and payment.succeeded_at is not None:
        payment.succeeded_at = at


def _stated(event: WebhookEvent | None) -> datetime | None:
    """Return the time of an event that reports the success; other events come before it."""
    return event.created if event is not None and event.snapshot_type == SUCCEEDED else None


def _exact(payment: Payment, charge_id: str) -> datetime | None:
    """Return the time of the charge, or of its balance transaction where it was captured later."""
    charge = statements.find(Charge, "stripe_id", charge_id) if charge_id else None
    if charge is None or not charge.captured or charge.status != Charge.Status.SUCCEEDED:
        return None
    if payment.capture_method != "manual":
        return charge.created
    rows = BalanceTransaction.objects.filter(stripe_id=charge.balance_transaction_id)
    return rows.values_list("created", flat=True).first()
