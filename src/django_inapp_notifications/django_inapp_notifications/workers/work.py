"""What a background worker does: it claims rows that are due, and does what is left to do.

Each function may be called twice, late, or by many workers at once: what one has claimed, the
others leave alone, and what is done is not due any more.
"""

from django.db import router

from .. import dispatch
from ..delivery.deliver import deliver_due
from ..maintenance import retention
from ..maintenance.sweep import sweep as sweep_rows
from ..models import Delivery

#: Deliveries in one task. A fan-out of 100,000 is many short tasks: a worker that is asked to stop
#: is not kept for an hour, and a broker does not believe that it has died.
SHARE = 500


def deliver(message_id: int) -> None:
    """Send a share of what is due of one message; wake a worker for the rest."""
    if deliver_due(limit=SHARE, message_id=message_id) == SHARE:
        dispatch.wake_after_commit(message_id, router.db_for_write(Delivery))


def sweep() -> None:
    """Do all that is due. Run it every minute."""
    sweep_rows()


def prune() -> None:
    """Remove what is no longer kept. Run it daily."""
    retention.prune()
