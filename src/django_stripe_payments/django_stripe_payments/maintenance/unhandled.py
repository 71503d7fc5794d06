"""Events that nothing applied when they came, and something does now."""

from __future__ import annotations

from django.db.models import Q

from .. import audit
from ..database.transactions import own_transaction
from ..models import WebhookEvent
from ..webhooks import registry
from ..webhooks.process import event_types


def reopen() -> int:
    """Let the next sweep apply the events that came before their handler; return how many.

    An event whose payload was pruned is left as it is: a reconciliation reads the object instead.
    Receivers of ``webhook_received`` do not get an event a second time.
    """
    own, connected = event_types(), registry.registered_types(connected=True)
    handled = Q(account="", type__in=_with_thin(own))
    handled |= ~Q(account="") & Q(type__in=connected)
    events = WebhookEvent.objects.filter(
        handled, unhandled=True, finished_at__isnull=False, pruned_at=None
    )
    with own_transaction():
        count = events.update(
            unhandled=False,
            applied_at=None,
            finished_at=None,
            leased_until=None,
            next_attempt_at=None,
            attempts=0,
        )
        if count:
            audit.record_about("webhook_event.reopened", "webhook_event", "", count=count)
    return count


def _with_thin(types: frozenset[str]) -> set[str]:
    return {*types, *(f"v1.{name}" for name in types)}
