"""Payouts, mirrored from Stripe, and the bookings that each of them consists of.

No status is final here: a bank may send back a payout that was paid. So the row follows the
payout as Stripe knows it now, and the facts follow from what was said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from .. import audit
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES, compare_and_set
from ..exceptions import ConcurrentUpdate
from ..facts import store as fact_store
from ..models import Dispute, Fact, Payment, Payout, PayoutItem, Refund, WebhookEvent
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of, intent_id
from ..stripe_api.timestamps import from_timestamp

Snapshot = Mapping[str, Any]

#: Status → the fact that it states.
FACTS = {Payout.Status.PAID: "payout_paid", Payout.Status.FAILED: "payout_failed"}


def apply_payout(news: Snapshot, event: WebhookEvent | None = None) -> Payout:
    """Bring the payout that ``news`` describes up to date, with its facts.

    Raises:
        StripeUnavailable: Stripe did not answer; calling again is safe.
        ConcurrentUpdate: other processes kept winning.
    """
    payout = _row(news)
    for _ in range(MAX_TRIES):
        current = fetch(payout.stripe_id)
        if _write(payout, current, [news, current], event):
            return payout
        payout.refresh_from_db()
    msg = f"Payout {payout.stripe_id} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(news: Snapshot) -> bool:
    """Whether our row says what ``news`` says, and its facts are known."""
    payout = Payout.objects.filter(stripe_id=news["id"]).first()
    if payout is None or _changes(payout, news):
        return False
    return not fact_store.any_unknown(_facts(payout, [news], None))


def fetch(stripe_id: str) -> Snapshot:
    """Return the payout as Stripe knows it now, as a plain dict."""
    with translated_errors():
        current: Snapshot = get_client().v1.payouts.retrieve(stripe_id).to_dict()
    return current


def itemize(payout: Payout, bookings: Iterable[Snapshot]) -> int:
    """Store every booking of a payout, tied to its payment, refund or dispute; return how many.

    ``bookings`` are its balance transactions, with ``source`` expanded. Stripe tells them once
    the payout's ``reconciliation_status`` is "completed", and they don't change any more.
    """
    # The payout's own booking, which takes the sum from the balance, is no part of the sum.
    mine = [booking for booking in bookings if id_of(booking["source"]) != payout.stripe_id]
    found = _Related(mine)
    with own_transaction():
        PayoutItem.objects.bulk_create(
            [_item(payout, booking, found) for booking in mine], ignore_conflicts=True
        )
        # What a payout that failed had to bring, another one brings.
        taken = PayoutItem.objects.filter(stripe_id__in=[booking["id"] for booking in mine])
        taken.exclude(payout=payout).update(payout=payout)
        payout.itemized_at = timezone.now()
        Payout.objects.filter(pk=payout.pk).update(itemized_at=payout.itemized_at)
    return len(mine)


class _Related:
    """Our rows of what bookings are about, read by one query for each kind."""

    def __init__(self, bookings: Sequence[Snapshot]) -> None:
        sources = [booking["source"] for booking in bookings]
        whole = [source for source in sources if isinstance(source, Mapping)]
        ids = [id_of(source) for source in sources]
        paid_by = {id_of(source): intent_id(source) for source in whole}
        payments = Payment.objects.filter(stripe_id__in=set(paid_by.values()) - {""})
        by_intent = {payment.stripe_id: payment for payment in payments}
        self.payments = {source: by_intent.get(intent) for source, intent in paid_by.items()}
        self.refunds = {
            refund.stripe_id: refund for refund in Refund.objects.filter(stripe_id__in=ids)
        }
        self.disputes = {
            dispute.stripe_id: dispute for dispute in Dispute.objects.filter(stripe_id__in=ids)
        }


def _item(payout: Payout, booking: Snapshot, found: _Related) -> PayoutItem:
    source = id_of(booking["source"])
    return PayoutItem(
        payout=payout,
        stripe_id=booking["id"],
        type=booking["type"],
        source_id=source,
        amount=booking["amount"],
        fee=booking["fee"],
        net=booking["net"],
        currency=booking["currency"],
        payment=found.payments.get(source),
        refund=found.refunds.get(source),
        dispute=found.disputes.get(source),
    )


def _row(news: Snapshot) -> Payout:
    fresh = Payout(stripe_id=news["id"], created=from_timestamp(news["created"]), **_fields(news))
    Payout.objects.bulk_create([fresh], ignore_conflicts=True)
    return Payout.objects.get(stripe_id=news["id"])


def _write(
    payout: Payout, current: Snapshot, sources: Sequence[Snapshot], event: WebhookEvent | None
) -> bool:
    changes, before = _changes(payout, current), payout.status
    made = _facts(payout, sources, event)
    if payout.version and not changes and not fact_store.any_unknown(made):
        return True
    with own_transaction():
        if not compare_and_set(payout, changes):
            return False
        fact_store.store(made)
        if payout.version == 1 or payout.status != before:
            audit.record("payout.updated", payout, before=before, status=payout.status)
    return True


def _changes(payout: Payout, current: Snapshot) -> dict[str, Any]:
    return {
        name: value for name, value in _fields(current).items() if getattr(payout, name) != value
    }


def _fields(payout: Snapshot) -> dict[str, Any]:
    """Return the columns that follow Stripe's object."""
    return {
        "amount": payout["amount"],
        "currency": payout["currency"],
        "status": payout["status"],
        "arrival_date": _day(payout["arrival_date"]),
        "automatic": bool(payout.get("automatic")),
        "reconciliation_status": payout.get("reconciliation_status") or "",
        "failure_code": payout.get("failure_code") or "",
        "failure_message": payout.get("failure_message") or "",
        "livemode": bool(payout.get("livemode")),
    }


def _day(seconds: int) -> date:
    # Stripe gives a day as its midnight in UTC, whatever the site's time zone is.
    return datetime.fromtimestamp(seconds, tz=UTC).date()


def _facts(payout: Payout, sources: Sequence[Snapshot], event: WebhookEvent | None) -> list[Fact]:
    kinds = dict.fromkeys(FACTS[s["status"]] for s in sources if s["status"] in FACTS)
    return [fact_store.make(kind, payout=payout, event=event) for kind in kinds]
