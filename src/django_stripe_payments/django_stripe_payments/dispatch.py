"""Where the work behind a stored row is done: here and now, or by a background worker.

The rows are the truth and a dispatcher only carries a kick: a kick that is lost loses nothing,
because the sweep (``manage.py stripe_deliver``) finds every row that is not finished.
"""

from collections.abc import Iterable

from django.utils.module_loading import import_string

from . import webhooks
from .announce import announce, pending_facts_named, pending_facts_of
from .conf import settings
from .models import Payment, WebhookEvent

SHORT_NAMES = {"inline": "django_stripe_payments.dispatch.InlineDispatcher"}


class Dispatcher:
    """Base class. A subclass is named in STRIPE_DISPATCHER by its dotted path."""

    def event_stored(self, event: WebhookEvent) -> bool:
        """See to a stored event; return whether Stripe may forget it (a 2xx answer)."""
        raise NotImplementedError

    def payment_changed(self, payment: Payment) -> None:
        """See to the facts of a payment that somebody other than a webhook brought up to date."""
        raise NotImplementedError

    def facts_written(self, keys: Iterable[str]) -> None:
        """See to facts that somebody other than a webhook committed, by their keys."""
        raise NotImplementedError


class InlineDispatcher(Dispatcher):
    """Do it in the process that stored it, right after the commit: no broker, no worker.

    An event is only acknowledged when every receiver has run. If one failed, the answer is a
    500, and Stripe's own redelivery, for three days, is the retry.
    """

    def event_stored(self, event: WebhookEvent) -> bool:
        return webhooks.process_event(event)

    def payment_changed(self, payment: Payment) -> None:
        announce(pending_facts_of(payment.pk), only_due=True)

    def facts_written(self, keys: Iterable[str]) -> None:
        announce(pending_facts_named(keys), only_due=True)


def get_dispatcher() -> Dispatcher:
    """Return the dispatcher that STRIPE_DISPATCHER names."""
    name = settings.STRIPE_DISPATCHER
    dispatcher: Dispatcher = import_string(SHORT_NAMES.get(name, name))()
    return dispatcher
