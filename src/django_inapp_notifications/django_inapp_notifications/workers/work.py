"""What a background worker does: it takes rows that are due, and nobody else's.

Each function may be called twice, late, or by many workers at once: what is claimed by one is
left alone by the others, and what is done is not due any more.
"""

from django.db import router

from .. import dispatch
from ..models import Delivery

#: Deliveries in one go. A fan-out of 100,000 is many short tasks: a worker that is told to stop
#: is not asked to work on for an hour, and a broker does not believe that it has died.
SHARE = 500


def deliver(message_id: int) -> None:
    """Send what is due of one message; if there is more than a share of it, kick for the rest."""
    from ..delivery.deliver import deliver_due

    if deliver_due(limit=SHARE, message_id=message_id) == SHARE:
        dispatch.kick_after_commit(message_id, router.db_for_write(Delivery))


def run_due() -> None:
    """Do all that is due. Run it every minute."""
    dispatch.run_due()


def prune() -> None:
    """Remove what is no longer kept. Run it daily."""
    from ..maintenance.retention import prune as remove

    remove()
