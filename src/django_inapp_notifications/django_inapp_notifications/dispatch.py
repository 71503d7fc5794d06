"""What starts deliveries after a commit. The rows are the truth: a lost kick only costs time."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.utils.module_loading import import_string

from .conf import settings

__all__ = ["kick_after_commit", "run_due"]

logger = logging.getLogger("django_inapp_notifications")

#: Given the id of the message that was written (None: anything may be due).
Dispatcher = Callable[[int | None], None]


def inline(message_id: int | None) -> None:
    """Deliver the new message in this process, as far as one request can be asked to."""
    from .delivery import deliver_due

    deliver_due(limit=settings.NOTIFICATION_INLINE_LIMIT, message_id=message_id)


def none(message_id: int | None) -> None:
    """Leave it to the sweep."""


DISPATCHERS: dict[str, Dispatcher] = {"inline": inline, "none": none}


def kick_after_commit(message_id: int | None, using: str) -> None:
    # A lambda, because Django 5.2 cannot log the failure of a partial.
    transaction.on_commit(lambda: _kick(message_id), using=using, robust=True)


def _kick(message_id: int | None) -> None:
    name = settings.NOTIFICATION_DISPATCHER
    try:
        dispatcher: Dispatcher = DISPATCHERS.get(name) or import_string(name)
        dispatcher(message_id)
    except Exception:  # the caller's work is committed; the sweep will find the rest
        logger.exception("The dispatcher %r failed; the next sweep delivers.", name)


def run_due() -> dict[str, int]:
    """One sweep over everything that is due: recipients to be written, deliveries, digests."""
    from .background import write_due_recipients
    from .delivery import deliver_due
    from .digests import release_leftovers, send_due_digests

    return {
        "recipients": write_due_recipients(),
        "leftovers": release_leftovers(),
        "deliveries": deliver_due(),
        "digests": send_due_digests(),
    }
