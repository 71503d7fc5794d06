"""APPLY for top-ups: our rows follow Stripe.

A status never goes back: a top-up is pending, then it succeeds, fails or is canceled, and one
that succeeded may be reversed. So every event is believed as it is, in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_stripe_payments import audit
from django_stripe_payments.database.transactions import own_transaction
from django_stripe_payments.database.versions import MAX_TRIES, compare_and_set
from django_stripe_payments.exceptions import ConcurrentUpdate
from django_stripe_payments.facts import store as fact_store
from django_stripe_payments.models import Fact, WebhookEvent
from django_stripe_payments.stripe_api.timestamps import from_timestamp
from django_stripe_payments.webhooks.registry import CommitWith

from .models import Topup

Snapshot = Mapping[str, Any]

#: How far a top-up with this status has come.
RANKS = {"pending": 0, "succeeded": 1, "failed": 2, "canceled": 2, "reversed": 3}

#: Status → what it says has become true. One that was reversed had succeeded before.
FACTS = {
    "succeeded": ("topup_succeeded",),
    "failed": ("topup_failed",),
    "reversed": ("topup_succeeded", "topup_failed"),
}


def handle(event: WebhookEvent, commit_with: CommitWith) -> None:
    """Apply a ``topup.*`` event."""
    apply(event.data_object, event, commit_with)


def apply(
    news: Snapshot, event: WebhookEvent | None = None, commit_with: CommitWith | None = None
) -> Topup:
    """Bring the top-up that ``news`` describes up to date, with its facts."""
    topup = _row(news)
    for _ in range(MAX_TRIES):
        if _write(topup, news, event, commit_with):
            return topup
        topup.refresh_from_db()
    msg = f"Top-up {topup.stripe_id} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(topup: Topup | None, current: Snapshot) -> bool:
    """Whether our row says what Stripe says of the top-up now, and its facts are known."""
    if topup is None or _changes(topup, current):
        return False
    return not fact_store.any_unknown(_facts(topup, current, None))


def _row(news: Snapshot) -> Topup:
    created = from_timestamp(news["created"])
    row = Topup(stripe_id=news["id"], created=created, **_fields(news))
    Topup.objects.bulk_create([row], ignore_conflicts=True)
    return Topup.objects.get(stripe_id=news["id"])


def _write(
    topup: Topup, news: Snapshot, event: WebhookEvent | None, commit_with: CommitWith | None
) -> bool:
    """Write row, facts and audit together; return False if another process was faster."""
    changes, facts = _changes(topup, news), _facts(topup, news, event)
    if topup.version and not changes and not fact_store.any_unknown(facts):
        return True
    before = topup.status
    with own_transaction():
        if not compare_and_set(topup, changes):
            return False
        fact_store.store(facts)
        if topup.version == 1 or topup.status != before:
            audit.record("topup.updated", topup, before=before, status=topup.status)
        if commit_with is not None:
            commit_with()
    return True


def _changes(topup: Topup, news: Snapshot) -> dict[str, Any]:
    if RANKS.get(news["status"], 0) < RANKS.get(topup.status, 0):
        return {}
    return {name: value for name, value in _fields(news).items() if getattr(topup, name) != value}


def _fields(topup: Snapshot) -> dict[str, Any]:
    return {
        "amount": topup["amount"],
        "currency": topup["currency"],
        "status": topup["status"],
        "description": topup.get("description") or "",
        "failure_code": topup.get("failure_code") or "",
        "livemode": bool(topup.get("livemode")),
    }


def _facts(topup: Topup, news: Snapshot, event: WebhookEvent | None) -> list[Fact]:
    return [fact_store.make(kind, topup, event=event) for kind in FACTS.get(news["status"], ())]
