"""What a background worker does: it takes rows by their keys, and does what is left to do.

Each function may be called twice, late, or by many workers at once: the rows say what is done.
"""

from contextlib import suppress
from uuid import UUID

from .. import audit
from .. import reconcile as reconciliation
from ..exceptions import SyncInProgress
from ..facts.announce import announce, pending_facts_named, pending_facts_of
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


def announce_payment(payment_id: str) -> None:
    """Tell what is still to be told about a payment."""
    with audit.acting(WORKER):
        announce(pending_facts_of(UUID(payment_id)), only_due=True)


def announce_facts(keys: list[str]) -> None:
    """Tell what is still to be told of the facts with these keys."""
    with audit.acting(WORKER):
        announce(pending_facts_named(keys), only_due=True)


def sweep() -> None:
    """Finish what failures, crashes and lost kicks left behind. Run it every minute."""
    with audit.acting(WORKER):
        sweep_rows()


def reconcile() -> None:
    """Compare with Stripe and mend what differs. Run it every hour or every night."""
    # One that is still at it needs no second one beside it.
    with suppress(SyncInProgress):
        reconciliation.run()


def prune() -> None:
    """Empty the payloads that are older than the settings allow. Run it every night."""
    retention.prune()
