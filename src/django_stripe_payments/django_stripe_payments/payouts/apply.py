"""APPLY for payouts: our rows follow Stripe.

No status is final here: a bank may send back a payout that was paid. So the row follows the
payout as Stripe knows it now, and the facts follow from every status that it was seen in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from .. import audit
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES, compare_and_set
from ..exceptions import ConcurrentUpdate
from ..facts import store as fact_store
from ..logs.outside import storable
from ..models import Fact, Payout, WebhookEvent
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import fetch_if_allowed
from ..stripe_api.timestamps import from_timestamp

Snapshot = Mapping[str, Any]

#: Status → the fact that it states.
FACTS = {Payout.Status.PAID: "payout_paid", Payout.Status.FAILED: "payout_failed"}


def fetch(stripe_id: str) -> Snapshot:
    """Return the payout as Stripe knows it now, as a plain dict."""
    with translated_errors():
        current: Snapshot = get_client().v1.payouts.retrieve(stripe_id).to_dict()
    return current


def apply(news: Snapshot, event: WebhookEvent | None = None) -> Payout:
    """Bring the payout that ``news`` describes up to date, with its facts.

    Raises:
        StripeUnavailable: Stripe did not answer; calling again is safe.
        ConcurrentUpdate: other processes kept winning.
    """
    payout = _row(news)
    for _ in range(MAX_TRIES):
        current = fetch_if_allowed(fetch, payout.stripe_id)
        sources = [snapshot for snapshot in (news, current) if snapshot]
        if _write(payout, current, sources, event):
            return payout
        payout.refresh_from_db()
    msg = f"Payout {payout.stripe_id} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(payout: Payout | None, current: Snapshot) -> bool:
    """Whether our row says what Stripe says of the payout now, and its facts are known."""
    if payout is None or _changes(payout, current):
        return False
    return not fact_store.any_unknown(_facts(payout, [current], None))


def _row(news: Snapshot) -> Payout:
    row = Payout(stripe_id=news["id"], created=from_timestamp(news["created"]), **_fields(news))
    Payout.objects.bulk_create([row], ignore_conflicts=True)
    return Payout.objects.get(stripe_id=news["id"])


def _write(
    payout: Payout,
    current: Snapshot | None,
    sources: Sequence[Snapshot],
    event: WebhookEvent | None,
) -> bool:
    changes, before = _changes(payout, current) if current else {}, payout.status
    facts = _facts(payout, sources, event)
    if payout.version and not changes and not fact_store.any_unknown(facts):
        return True
    with own_transaction():
        if not compare_and_set(payout, changes):
            return False
        fact_store.store(facts)
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
        "failure_message": storable(str(payout.get("failure_message") or "")),
        "livemode": bool(payout.get("livemode")),
    }


def _day(seconds: int) -> date:
    # Stripe gives a day as its midnight in UTC, whatever the site's time zone is.
    return datetime.fromtimestamp(seconds, tz=UTC).date()


def _facts(payout: Payout, sources: Sequence[Snapshot], event: WebhookEvent | None) -> list[Fact]:
    kinds = dict.fromkeys(FACTS[s["status"]] for s in sources if s["status"] in FACTS)
    return [fact_store.make(kind, payout, event=event) for kind in kinds]
