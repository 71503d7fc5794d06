"""Where the work behind a stored row is done: here and now, or by a background worker.

The rows are the truth and a dispatcher only wakes: a wake-up that is lost loses nothing, because
the sweep (``manage.py stripe_deliver``) finds every row that is not finished.
"""

from collections.abc import Iterable

from django.utils.module_loading import import_string

from ..conf import settings
from ..models import WebhookEvent

#: What STRIPE_DISPATCHER may say instead of a dotted path. Imported at first use: what a
#: dispatcher calls, calls a dispatcher.
SHORT_NAMES = {
    "inline": "django_stripe_payments.workers.inline.InlineDispatcher",
    "celery": "django_stripe_payments.workers.celery.CeleryDispatcher",
    "django_tasks": "django_stripe_payments.workers.django_tasks.DjangoTasksDispatcher",
}


class Dispatcher:
    """Base class. A subclass is named in STRIPE_DISPATCHER by its dotted path.

    One that only has to wake a worker extends ``background.BackgroundDispatcher``.
    """

    #: Whether the process that stores an event also works on it, before it answers. The event's
    #: row is then stored with a lease, so that copies of the event wait for this process.
    works_at_once = False

    def event_stored(self, stripe_id: str) -> bool:
        """Process the stored event of this id; return whether Stripe may forget it (a 2xx)."""
        raise NotImplementedError

    def event_recorded(self, event: WebhookEvent) -> bool:
        """Process an event that was delivered; its row has a key only if it is surely new."""
        return self.event_stored(event.stripe_id)

    def facts_written(self, keys: Iterable[str]) -> None:
        """Announce the facts with these keys. Called by the store of facts, after the commit.

        Not called for facts that an event brings: ``event_stored`` announces those.
        """
        raise NotImplementedError


def get_dispatcher() -> Dispatcher:
    """Return the dispatcher that STRIPE_DISPATCHER names.

    Raises ConfigurationError if what it needs is not installed; the message names the extra.
    """
    name = settings.STRIPE_DISPATCHER
    dispatcher: Dispatcher = import_string(SHORT_NAMES.get(name, name))()
    return dispatcher
