"""The default: no broker, no worker."""

from collections.abc import Iterable

from ..database import statements
from ..dispatch import Dispatcher
from ..facts.announce import announce, pending_facts_named
from ..models import WebhookEvent
from ..webhooks import process_event
from ..webhooks.lease import PATIENCE


class InlineDispatcher(Dispatcher):
    """Do it in the process that stored it, right after the commit.

    An event is only acknowledged when every receiver has run. If one failed, the answer is a
    500, and Stripe's own redelivery, for three days, is the retry. A copy of an event that is
    being processed waits for the end of that, and answers what it led to.
    """

    works_at_once = True

    def event_recorded(self, event: WebhookEvent) -> bool:
        if event.pk:
            return process_event(event, is_leased=event.leased_until is not None)
        return self.event_stored(event.stripe_id)

    def event_stored(self, stripe_id: str) -> bool:
        event = statements.find(WebhookEvent, "stripe_id", stripe_id)
        # Nothing deletes an event: what was pruned is emptied. Without a row, let it come again.
        return event is not None and process_event(event, patience=PATIENCE)

    def facts_written(self, keys: Iterable[str]) -> None:
        announce(pending_facts_named(keys), only_due=True)
