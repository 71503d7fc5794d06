"""APPLY for webhooks: one table from event type to handler."""

from __future__ import annotations

import logging
from typing import ClassVar

from django.utils import timezone

from .. import audit, pipeline
from ..models import WebhookEvent
from ..payment_lookup import payment_of_intent

logger = logging.getLogger(__name__)


class WebhookHandler:
    """Turn a stored event into changes of our rows and into facts.

    A site handles more types by a subclass, named in STRIPE_WEBHOOK_HANDLER::

        class Handler(WebhookHandler):
            handlers = {**WebhookHandler.handlers, "payout.paid": "handle_payout_paid"}

            def handle_payout_paid(self, event): ...

    A handler may be called again for an event that it handled before, and events come in any
    order; so it must do nothing the second time.
    """

    handlers: ClassVar[dict[str, str]] = {
        "payment_intent.created": "handle_payment_changed",
        "payment_intent.requires_action": "handle_payment_changed",
        "payment_intent.processing": "handle_payment_changed",
        "payment_intent.amount_capturable_updated": "handle_payment_changed",
        "payment_intent.succeeded": "handle_payment_succeeded",
        "payment_intent.payment_failed": "handle_payment_failed",
        "payment_intent.canceled": "handle_payment_canceled",
    }

    def handle_event(self, event: WebhookEvent) -> None:
        """Apply the event; afterwards ``applied_at`` is set. Unknown types change nothing."""
        name = self.handlers.get(event.type)
        with audit.acting(audit.Actor(source="webhook")):
            if name is not None:
                getattr(self, name)(event)
        if event.applied_at is None:
            event.applied_at = timezone.now()
            WebhookEvent.objects.filter(pk=event.pk).update(applied_at=event.applied_at)

    def handle_payment_succeeded(self, event: WebhookEvent) -> None:
        """Apply ``payment_intent.succeeded``: final, so it is believed as it is."""
        self.handle_payment_changed(event)

    def handle_payment_failed(self, event: WebhookEvent) -> None:
        """Apply ``payment_intent.payment_failed``: the payment can be tried again."""
        self.handle_payment_changed(event)

    def handle_payment_canceled(self, event: WebhookEvent) -> None:
        """Apply ``payment_intent.canceled``: final, so it is believed as it is."""
        self.handle_payment_changed(event)

    def handle_payment_changed(self, event: WebhookEvent) -> None:
        """Apply whatever a ``payment_intent.*`` event says about one of our payments."""
        intent = event.data_object
        payment = payment_of_intent(intent)
        if payment is None:
            # Another site may share the Stripe account, or somebody charged in the dashboard.
            logger.info("%s is about no payment of ours", event, extra={"event": event.stripe_id})
            return
        pipeline.apply_intent(payment, news=intent, event=event)
