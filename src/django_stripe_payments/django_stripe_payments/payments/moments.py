"""When a payment succeeded or was canceled, by Stripe's clock.

An intent does not say when it succeeded. Its charge does, or the balance transaction of what was
captured later. Until that is known it is the time of the event that said so, or the moment at
which this site asked; the earliest one counts. So every order of the same news ends alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .. import clock, participants
from ..database import statements
from ..database.versions import MAX_TRIES, compare_and_set
from ..exceptions import ConcurrentUpdate
from ..models import BalanceTransaction, Charge, Payment, WebhookEvent
from ..stripe_api.timestamps import from_timestamp

SUCCEEDED = "payment_intent.succeeded"


def of_status(
    payment: Payment, intent: Mapping[str, Any], event: WebhookEvent | None
) -> dict[str, datetime]:
    """Return the columns that say when the intent's status became true, and when we learned it."""
    now = clock.now()
    if intent["status"] == Payment.Status.SUCCEEDED:
        at = payment.taken_at or _stated(event) or now
        return {"succeeded_at": at, "succeeded_recorded_at": now}
    if intent["status"] == Payment.Status.CANCELED:
        canceled = intent.get("canceled_at")
        at = from_timestamp(canceled) if canceled else now
        return {"canceled_at": at, "canceled_recorded_at": now}
    return {}


def settle(payment: Payment, charge_id: str) -> None:
    """Take from a charge when its money was taken, whether the intent's success is known or not.

    Call it whenever more is known of the charge: itself, or its balance transaction.

    Raises:
        ConcurrentUpdate: other processes kept winning.
    """
    at = _exact(payment, charge_id)
    if at is None:
        return
    for _ in range(MAX_TRIES):
        if payment.taken_at == at:
            return
        succeeded = {} if payment.succeeded_at is None else {"succeeded_at": at}
        if _set_taken(payment, {"taken_at": at, **succeeded}):
            return
        payment.refresh_from_db()
    msg = f"Payment {payment.pk} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def _set_taken(payment: Payment, changes: dict[str, Any]) -> bool:
    with participants.transaction_if_any():
        if not compare_and_set(payment, changes):
            return False
        participants.notify(lambda each: each.payment_changed(payment, payment.status, changes))
    return True


def note_event(payment: Payment, event: WebhookEvent | None) -> None:
    """Take the time of an event for a success that was learned later, until the charge is known."""
    at = _stated(event)
    if at is None or payment.taken_at is not None:
        return
    later = Payment.objects.filter(pk=payment.pk, taken_at=None, succeeded_at__gt=at)
    later.update(succeeded_at=at)


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
