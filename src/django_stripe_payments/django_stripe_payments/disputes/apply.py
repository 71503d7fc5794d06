"""APPLY for disputes: our rows follow Stripe.

No status is final here: a lost dispute may be appealed, and won. So the row always follows the
dispute as Stripe knows it now, and the facts follow from what never goes away: that it exists,
how it was decided, and the balance transactions that took the money or brought it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q

from .. import audit, clock, participants
from ..balance import apply as balance_apply
from ..conf import settings
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES, compare_and_set
from ..exceptions import ConcurrentUpdate
from ..facts import store as fact_store
from ..models import Dispute, Fact, WebhookEvent
from ..payments.claims import payment_behind
from ..refunds import balance as refund_balance
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import fetch_if_allowed, id_of
from ..stripe_api.timestamps import from_timestamp

Snapshot = Mapping[str, Any]


def fetch(stripe_id: str) -> Snapshot:
    """Return the dispute as Stripe knows it now, as a plain dict."""
    with translated_errors():
        current: Snapshot = get_client().v1.disputes.retrieve(stripe_id).to_dict()
    return current


def apply(news: Snapshot, event: WebhookEvent | None = None) -> Dispute:
    """Bring the dispute that ``news`` describes up to date, with its facts.

    Raises:
        StripeUnavailable: Stripe did not answer; calling again is safe.
        ConcurrentUpdate: other processes kept winning.
    """
    dispute = _row(news)
    for _ in range(MAX_TRIES):
        current = fetch_if_allowed(fetch, dispute.stripe_id)
        sources = [snapshot for snapshot in (news, current) if snapshot]
        if _write(dispute, current, sources, event):
            balance_apply.apply((current or {}).get("balance_transactions") or [])
            return dispute
        dispute.refresh_from_db()
    msg = f"Dispute {dispute.stripe_id} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(dispute: Dispute | None, current: Snapshot) -> bool:
    """Whether our row says what Stripe says of the dispute now, and its facts are known."""
    if dispute is None or _changes(dispute, current):
        return False
    return not fact_store.any_unknown(_facts(dispute, [current], None))


def note_deadlines() -> None:
    """Write a fact for each dispute whose evidence is due soon; the sweep announces it."""
    lead = timedelta(seconds=settings.STRIPE_DISPUTE_DEADLINE_LEAD)
    due = Dispute.objects.filter(
        # What was submitted before an appeal does not answer the appeal.
        Q(submission_count=0) | Q(status=Dispute.Status.APPEAL_NEEDS_RESPONSE),
        status__in=Dispute.OPEN_STATUSES,
        submitted_at=None,
        evidence_due_by__gt=clock.now(),
        evidence_due_by__lte=clock.now() + lead,
    ).select_related("payment")
    facts = [
        fact_store.make(
            "dispute_evidence_due",
            dispute,
            detail=f"{dispute.evidence_due_by:%Y%m%d%H%M}",
        )
        for dispute in due
    ]
    fact_store.store(facts)


def _row(news: Snapshot) -> Dispute:
    row = Dispute(stripe_id=news["id"], payment=payment_behind(news), **_fields(news))
    Dispute.objects.bulk_create([row], ignore_conflicts=True)
    return Dispute.objects.select_related("payment").get(stripe_id=news["id"])


def _write(
    dispute: Dispute,
    current: Snapshot | None,
    sources: Sequence[Snapshot],
    event: WebhookEvent | None,
) -> bool:
    changes = _changes(dispute, current) if current else {}
    before = dispute.status
    moves_money = dispute.version == 0 or "amount_withdrawn" in changes
    disputed = dispute.payment_id if moves_money else None
    with own_transaction():
        if disputed is not None:
            # The payment first, as refunds do, so that no two transactions wait for each other.
            refund_balance.lock(disputed)
        if not compare_and_set(dispute, changes):
            return False
        if disputed is not None:
            refund_balance.recount_disputed(disputed)
        fact_store.store(_facts(dispute, sources, event))
        if changes or dispute.version == 1:
            audit.record("dispute.updated", dispute, before=before, status=dispute.status)
            participants.notify(lambda each: each.dispute_changed(dispute, before, changes))
    return True


def _changes(dispute: Dispute, current: Snapshot) -> dict[str, Any]:
    changes = {
        name: value for name, value in _fields(current).items() if getattr(dispute, name) != value
    }
    # An inquiry became a dispute, or a dispute an appeal: each wants an answer of its own.
    if current["status"] in Dispute.OPEN_STATUSES - {dispute.status} and dispute.submitted_at:
        changes["submitted_at"] = None
    return changes


def _fields(dispute: Snapshot) -> dict[str, Any]:
    """Return the columns that follow Stripe's object; what staff wrote is not among them."""
    details = dispute.get("evidence_details") or {}
    due = details.get("due_by")
    return {
        "charge_id": id_of(dispute.get("charge")),
        "amount": dispute["amount"],
        "currency": dispute["currency"],
        "reason": dispute.get("reason") or "",
        "status": dispute["status"],
        "is_charge_refundable": bool(dispute.get("is_charge_refundable")),
        "evidence_due_by": from_timestamp(due) if due else None,
        "submission_count": details.get("submission_count") or 0,
        "livemode": bool(dispute.get("livemode")),
        "created": from_timestamp(dispute["created"]),
        "amount_withdrawn": _withdrawn(dispute),
    }


def _withdrawn(dispute: Snapshot) -> int:
    """Return how much of the payment the bank has, in the payment's currency.

    Balance transactions are in the currency of settlement, so only their sign counts.
    """
    transactions = dispute.get("balance_transactions") or []
    is_gone = dispute["status"] == Dispute.Status.LOST
    is_gone |= sum(transaction["amount"] for transaction in transactions) < 0
    return int(dispute["amount"]) if is_gone else 0


def _facts(dispute: Dispute, sources: Sequence[Snapshot], event: WebhookEvent | None) -> list[Fact]:
    details = {"dispute_opened": {""}, "dispute_closed": set[str]()}
    for snapshot in sources:
        if snapshot["status"] in Dispute.CLOSED_STATUSES:
            details["dispute_closed"].add(snapshot["status"])
        for transaction in snapshot.get("balance_transactions") or []:
            kind = "withdrawn" if transaction["amount"] < 0 else "reinstated"
            details.setdefault(f"dispute_funds_{kind}", set()).add(transaction["id"])
    return [
        fact_store.make(kind, dispute, event=event, detail=detail)
        for kind, names in details.items()
        for detail in sorted(names)
    ]
