"""What starts deliveries after a commit. The rows are the truth: a lost kick only costs time."""

import logging
from collections.abc import Callable

from django.db import transaction
from django.utils.module_loading import import_string

from ..conf import settings

__all__ = ["Dispatcher", "get_dispatcher", "kick_after_commit", "run_due"]

logger = logging.getLogger("django_inapp_notifications")

#: Given the id of the message that was written (None: anything may be due).
Dispatcher = Callable[[int | None], None]

#: What NOTIFICATION_DISPATCHER may say instead of a dotted path.
DISPATCHERS = {
    "inline": "django_inapp_notifications.dispatch.inline",
    "none": "django_inapp_notifications.dispatch.none",
    "celery": "django_inapp_notifications.workers.celery.kick",
    "django_tasks": "django_inapp_notifications.workers.django_tasks.kick",
}


def inline(message_id: int | None) -> None:
    """Deliver the new message in this process, as far as one request can be asked to."""
    from ..delivery.deliver import deliver_due

    deliver_due(limit=settings.NOTIFICATION_INLINE_LIMIT, message_id=message_id)


def none(message_id: int | None) -> None:
    """Leave it to the sweep."""


def get_dispatcher() -> Dispatcher:
    """The function that NOTIFICATION_DISPATCHER names."""
    name = settings.NOTIFICATION_DISPATCHER
    dispatcher: Dispatcher = import_string(DISPATCHERS.get(name, name))
    return dispatcher


def kick_after_commit(message_id: int | None, using: str) -> None:
    # A lambda, because Django 5.2 cannot log the failure of a partial.
    transaction.on_commit(lambda: _kick(message_id), using=using, robust=True)


def _kick(message_id: int | None) -> None:
    try:
        get_dispatcher()(message_id)
    except Exception:  # the caller's work is committed; the sweep will find the rest
        name = settings.NOTIFICATION_DISPATCHER
        logger.exception("The dispatcher %r failed; the next sweep delivers.", name)


def run_due() -> dict[str, int]:
    """One sweep over everything that is due: recipients to be written, deliveries, digests."""
    from ..delivery.deliver import deliver_due
    from ..delivery.digest_delivery import send_due_digests
    from ..delivery.digests import release_leftovers
    from ..sending.later import write_due_recipients

    return {
        "recipients": write_due_recipients(),
        "leftovers": release_leftovers(),
        "deliveries": deliver_due(),
        "digests": send_due_digests(),
    }
