"""Where deliveries are made: in this process right after the commit, or by a background worker.

The rows are the truth, and a dispatcher only carries a wake-up. A lost wake-up loses nothing,
because the sweep (``manage.py notifications_deliver``) finds every row that is due.
"""

import logging

from django.db import transaction
from django.utils.module_loading import import_string

from ..conf import settings
from ..content.text import traceback_text

logger = logging.getLogger(__name__)

#: Short names for NOTIFICATION_DISPATCHER. Imported at first use, because a dispatcher imports
#: what it calls.
SHORT_NAMES = {
    "inline": "django_inapp_notifications.workers.inline.InlineDispatcher",
    "none": "django_inapp_notifications.workers.inline.SweepOnlyDispatcher",
    "celery": "django_inapp_notifications.workers.celery.CeleryDispatcher",
    "django_tasks": "django_inapp_notifications.workers.django_tasks.DjangoTasksDispatcher",
}


class Dispatcher:
    """Base class. A subclass is named in NOTIFICATION_DISPATCHER by its dotted path.

    One that only carries a wake-up to a worker extends ``background.BackgroundDispatcher``.
    """

    def message_written(self, message_id: int) -> None:
        """Handle the deliveries of this message, which are committed."""
        raise NotImplementedError

    def recipients_stored(self) -> None:
        """Write the stored recipients that are due. They are committed."""
        raise NotImplementedError


def get_dispatcher() -> Dispatcher:
    """Return the dispatcher that NOTIFICATION_DISPATCHER names.

    Raises ConfigurationError if what it needs is not installed; the message names the extra.
    """
    name = settings.NOTIFICATION_DISPATCHER
    dispatcher: Dispatcher = import_string(SHORT_NAMES.get(name, name))()
    return dispatcher


def wake_after_commit(message_id: int | None, using: str) -> None:
    """Wake the dispatcher once this transaction commits: for a message, or for stored recipients.

    If it fails, that is logged and the sweep delivers.
    """
    # A lambda, because Django 5.2 cannot log the failure of a partial.
    transaction.on_commit(lambda: _wake(message_id), using=using, robust=True)


def _wake(message_id: int | None) -> None:
    try:
        dispatcher = get_dispatcher()
        if message_id is None:
            dispatcher.recipients_stored()
        else:
            dispatcher.message_written(message_id)
    except Exception as error:  # the caller's work is committed, and must not seem to have failed
        name = settings.NOTIFICATION_DISPATCHER
        trace = traceback_text(error)
        logger.error("The dispatcher %r failed; the next sweep delivers.\n%s", name, trace)
