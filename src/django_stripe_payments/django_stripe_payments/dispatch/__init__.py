"""Where the work behind a stored row is done: here and now, or by a background worker.

The rows are the truth and a dispatcher only carries a kick: a kick that is lost loses nothing,
because the sweep (``manage.py stripe_deliver``) finds every row that is not finished.
"""

from collections.abc import Iterable

from django.utils.module_loading import import_string

from ..conf import settings
from ..models import Payment, WebhookEvent

#: What STRIPE_DISPATCHER may say instead of a dotted path. Imported at first use: what a
#: dispatcher calls, calls a dispatcher.
SHORT_NAMES = {
    "inline": "django_stripe_payments.workers.inline.InlineDispatcher",
    "celery": "django_stripe_payments.workers.celery.CeleryDispatcher",
    "django_tasks": "django_stripe_payments.workers.django_tasks.DjangoTasksDispatcher",
}


class Dispatcher:
    """Base class. A subclass is named in STRIPE_DISPATCHER by its dotted path.

    One that only has to carry a kick to a worker extends ``background.BackgroundDispatcher``.
    """

    def event_stored(self, stripe_id: str) -> bool:
        """See to the stored event of this id; return whether Stripe may forget it (a 2xx)."""
        raise NotImplementedError

    def event_recorded(self, event: WebhookEvent) -> bool:
        """See to an event that was delivered; its row has a key only if it is surely new."""
        return self.event_stored(event.stripe_id)

    def payment_changed(self, payment: Payment) -> None:
        """See to the facts of a payment that somebody other than a webhook brought up to date."""
        raise NotImplementedError

    def facts_written(self, keys: Iterable[str]) -> None:
        """See to facts that somebody other than a webhook committed, by their keys."""
        raise NotImplementedError


def get_dispatcher() -> Dispatcher:
    """Return the dispatcher that STRIPE_DISPATCHER names.

    Raises ConfigurationError if what it needs is not installed; the message names the extra.
    """
    name = settings.STRIPE_DISPATCHER
    dispatcher: Dispatcher = import_string(SHORT_NAMES.get(name, name))()
    return dispatcher
