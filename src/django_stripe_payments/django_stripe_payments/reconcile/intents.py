"""Payment intents at Stripe, compared with our payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from .. import clock
from ..conf import settings
from ..exceptions import StripePaymentsError
from ..models import Payment
from ..payments import apply as payment_apply
from ..payments import claims, instructions
from ..payments.cancel import cancel_orphan
from ..payments.lookup import PAYMENT_KEY
from ..stripe_api.client import get_client
from .comparison import Comparison
from .sync import Fix, Item, Sync

#: Money is on its way, or has arrived.
WITH_MONEY = frozenset({"processing", "requires_capture", "succeeded"})


@dataclass(frozen=True, kw_only=True)
class IntentComparison(Comparison[Payment]):
    """Intents, some of which belong to no payment here, or to one that has another."""

    def handle(self, sync: Sync, row: Payment | None, item: Item) -> None:
        # The intent of a claimed payment is not this site's to cancel.
        is_own = row is not None and not row.is_claimed
        is_canceled = is_own and row is not None and row.status == Payment.Status.CANCELED
        if is_canceled and item["status"] in Payment.OPEN_STATUSES:
            # Given up here before it was known that the intent had been created.
            self.cancel(sync, row, item)
        else:
            super().handle(sync, row, item)

    def compare_unknown(self, sync: Sync, item: Item) -> None:
        key = (item.get("metadata") or {}).get(PAYMENT_KEY)
        payment = _payment_with_key(key)
        if payment is None and not key and claims.terms_of(item) is not None:
            sync.repair(self.kind, item["id"], "missing", self.fix(item), detail=item["status"])
        elif payment is None and (not key or item["status"] not in WITH_MONEY):
            # Another site on the same account made it, or a person in the dashboard.
            sync.count(self.kind, "not ours")
        elif payment is None:
            detail = f"It paid for {key}, and there is no such payment."
            sync.flag_for_review(self.kind, item["id"], "missing", detail)
        elif payment.stripe_id is None:
            detail = f"payment {payment.pk}"
            sync.repair(self.kind, item["id"], "missing", self.fix(item), detail=detail)
        else:
            self.compare_second(sync, payment, item)

    def compare_second(self, sync: Sync, payment: Payment, item: Item) -> None:
        """Handle an intent whose payment has another: our own call was executed twice."""
        if item["status"] in WITH_MONEY:
            detail = f"Payment {payment.pk} has {payment.stripe_id}; this one took money too."
            sync.flag_for_review(self.kind, item["id"], "second_intent", detail)
        elif item["status"] == "canceled" or not is_abandoned(item):
            sync.count(self.kind, "of a payment that has another")
        else:
            self.cancel(sync, payment, item)

    def cancel(self, sync: Sync, payment: Payment | None, item: Item) -> None:
        """Cancel an intent that is left over."""
        detail = f"payment {payment.pk}" if payment else ""
        sync.repair(self.kind, item["id"], "orphan", _cancel(item["id"]), detail=detail)


def listed(sync: Sync) -> None:
    """Compare every intent that was made within the window."""
    for page in sync.pages(get_client().v1.payment_intents.list, created=sync.created):
        INTENTS.compare_page(sync, page)


def older(sync: Sync) -> None:
    """Fetch the intent of each payment that is older than the window and not over yet."""
    rows = Payment.objects.exclude(stripe_id=None).exclude(status__in=Payment.FINAL_STATUSES)
    INTENTS.compare_rows(sync, rows.filter(created_at__lt=sync.since))


def is_abandoned(intent: Item) -> bool:
    """Whether the intent is so old that it will not be paid any more."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    if after is None:
        return False
    return instructions.is_overdue(intent, clock.now(), timedelta(seconds=after))


def _payment_with_key(key: Any) -> Payment | None:
    try:
        return Payment.objects.filter(pk=UUID(str(key))).first()
    except ValueError:
        return None


class _Intents:
    """What ``payments.apply`` offers, for intents whose payment may have to be found."""

    def fetch(self, stripe_id: str) -> Mapping[str, Any]:
        return payment_apply.fetch(stripe_id)

    def is_current(self, payment: Payment | None, intent: Item) -> bool:
        return payment is not None and payment_apply.is_current(payment, intent)

    def apply(self, intent: Item) -> Payment:
        payment = claims.find_or_claim(intent)
        if payment is None:
            msg = "It names a payment of ours and has another amount or currency."
            raise StripePaymentsError(msg)
        return payment_apply.apply(payment, news=intent)


def _cancel(stripe_id: str) -> Fix:
    def fix() -> str:
        cancel_orphan(stripe_id)
        return ""

    return fix


INTENTS = IntentComparison(
    kind="payment_intent",
    rows=Payment.objects.all(),
    room=_Intents(),
    contradicts=payment_apply.contradicts,
)
