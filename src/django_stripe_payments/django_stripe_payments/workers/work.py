"""What a background worker does: it takes rows by their keys, and does what is left to do.

Each function may be called twice, late, or by many workers at once: the rows say what is done.
"""

from contextlib import suppress

from .. import audit
from .. import reconcile as reconciliation
from ..exceptions import SyncInProgress
from ..facts.announce import announce, pending_facts_named
from ..maintenance import retention
from ..maintenance.sweep import sweep as sweep_rows
from ..models import WebhookEvent
from ..webhooks import process_event as process

WORKER = audit.Actor(source="worker")


def process_event(stripe_id: str) -> None:
    """Finish a stored event."""
    event = WebhookEvent.objects.filter(stripe_id=stripe_id).first()
    if event is not None:  # it may have been pruned since
        with audit.acting(WORKER):
            process(event)


def announce_facts(keys: list[str]) -> None:
    """Announce the facts with these keys, as far as that is still to be done."""
    with audit.acting(WORKER):
        announce(pending_facts_named(keys), only_due=True)


def sweep() -> None:
    """Finish what failures, crashes and lost wake-ups left behind. Run it every minute."""
    with audit.acting(WORKER):
        sweep_rows()


def reconcile() -> None:
    """Compare with Stripe and fix what differs. Run it every hour or every night."""
    # One that is still at it needs no second one beside it.
    with suppress(SyncInProgress):
        reconciliation.run()


def prune() -> None:
    """Empty the payloads that are older than the settings allow. Run it every night."""
    retention.prune()
