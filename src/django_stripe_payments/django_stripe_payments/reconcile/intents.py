"""Payment intents at Stripe, compared with our payments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from ..conf import settings
from ..exceptions import StripeCallFailed
from ..models import ApiOperation, Payment
from ..payments import apply as payment_apply
from ..payments.lookup import PAYMENT_KEY, payment_of_intent
from ..stripe_api import operations
from ..stripe_api.client import get_client
from ..stripe_api.timestamps import from_timestamp
from .backoff import patiently
from .sync import Item, Sync

KIND = "payment_intent"

#: Money is on its way, or has arrived.
WITH_MONEY = frozenset({"processing", "requires_capture", "succeeded"})


def listed(sync: Sync) -> None:
    """Compare every intent that was made within the window."""
    for page in sync.pages(get_client().v1.payment_intents.list, created=sync.created):
        rows = _rows(page)
        for intent in page:
            sync.count(KIND)
            payment = rows.get(intent["id"])
            if payment is not None:
                _compare(sync, payment, intent)
            else:
                _without_row(sync, intent)


def older(sync: Sync) -> None:
    """Ask for the intent of each payment that is older than the window and not over yet."""
    waiting = Payment.objects.exclude(stripe_id=None).exclude(status__in=Payment.FINAL_STATUSES)
    for payment in sync.rows(waiting.filter(created_at__lt=sync.since)):
        sync.count(KIND, "asked for")
        try:
            intent = _fetch(str(payment.stripe_id))
        except StripeCallFailed as error:
            detail = f"Payment {payment.pk} names it: {error}"
            sync.look(KIND, payment.stripe_id, "not_at_stripe", detail)
            continue
        _compare(sync, payment, intent)


def _rows(page: list[Item]) -> dict[str, Payment]:
    payments = Payment.objects.filter(stripe_id__in=[intent["id"] for intent in page])
    return {str(payment.stripe_id): payment for payment in payments}


def _compare(sync: Sync, payment: Payment, intent: Item) -> None:
    if _agree(payment, intent):
        return
    # The list, or the row, may be older than a webhook that came in the meantime.
    payment.refresh_from_db()
    intent = _fetch(intent["id"])
    if _agree(payment, intent):
        return
    if payment.status == Payment.Status.CANCELED and intent["status"] in Payment.OPEN_STATUSES:
        # Given up here while it was not known that the intent had been made.
        sync.repair(KIND, intent["id"], "orphan", _cancel(intent), detail=f"payment {payment.pk}")
        return
    if payment_apply.is_current(payment, intent):
        sync.look(KIND, intent["id"], "contradiction", _contradiction(payment, intent))
        return
    detail = f"payment {payment.pk}: {payment.status} here, {intent['status']} at Stripe"
    sync.repair(KIND, intent["id"], "different", _mend(payment, intent), detail=detail)


def _agree(payment: Payment, intent: Item) -> bool:
    return payment_apply.is_current(payment, intent) and not payment_apply.contradicts(
        payment, intent
    )


def _mend(payment: Payment, intent: Item) -> Callable[[], str]:
    def mend() -> str:
        row = payment_apply.apply_intent(payment, news=intent)
        return _contradiction(row, intent) if payment_apply.contradicts(row, intent) else ""

    return mend


def _contradiction(payment: Payment, intent: Item) -> str:
    here = f"{payment.amount} {payment.currency} {payment.status}"
    there = f"{intent['amount']} {intent['currency']} {intent['status']}"
    return f"payment {payment.pk} is {here} here and {there} at Stripe"


def _without_row(sync: Sync, intent: Item) -> None:
    """See to an intent that no payment names."""
    ours = (intent.get("metadata") or {}).get(PAYMENT_KEY)
    payment = _payment_named(ours)
    if payment is None and (not ours or intent["status"] not in WITH_MONEY):
        # Somebody else's: another site on the same account, or a person in the dashboard.
        sync.count(KIND, "not ours")
    elif payment is None:
        sync.look(
            KIND, intent["id"], "missing", f"It paid for {ours}, and there is no such payment."
        )
    elif payment.stripe_id is None:
        sync.repair(KIND, intent["id"], "missing", _adopt(intent), detail=f"payment {payment.pk}")
    else:
        _second(sync, payment, intent)


def _payment_named(value: Any) -> Payment | None:
    try:
        return Payment.objects.filter(pk=UUID(str(value))).first()
    except ValueError:
        return None


def _adopt(intent: Item) -> Callable[[], str]:
    def mend() -> str:
        payment = payment_of_intent(intent)
        if payment is None:
            return "It names a payment of ours and has another amount or currency."
        return _mend(payment, intent)()

    return mend


def _second(sync: Sync, payment: Payment, intent: Item) -> None:
    """See to an intent whose payment has another: our own call was executed twice."""
    if intent["status"] in WITH_MONEY:
        detail = f"Payment {payment.pk} has {payment.stripe_id}; this one took money too."
        sync.look(KIND, intent["id"], "second_intent", detail)
    elif intent["status"] == "canceled" or not is_abandoned(intent):
        sync.count(KIND, "of a payment that has another")
    else:
        sync.repair(KIND, intent["id"], "orphan", _cancel(intent), detail=f"payment {payment.pk}")


def is_abandoned(intent: Item) -> bool:
    """Whether the intent is so old that nobody will pay it any more."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    if after is None:
        return False
    return from_timestamp(intent["created"]) < timezone.now() - timedelta(seconds=after)


def _cancel(intent: Item) -> Callable[[], str]:
    service = get_client().v1.payment_intents

    def call(params: dict[str, Any], options: Any) -> Any:
        return service.cancel(intent["id"], params, options)  # type: ignore[arg-type]

    def find(_operation: ApiOperation) -> Any:
        found = service.retrieve(intent["id"])
        return found if found.status == "canceled" else None

    def mend() -> str:
        params = {"cancellation_reason": "abandoned"}
        operations.perform("payment_intent.cancel_orphan", intent["id"], params, call, find=find)
        return ""

    return mend


def _fetch(stripe_id: str) -> Item:
    return dict(patiently(lambda: payment_apply.fetch_intent(stripe_id)))
