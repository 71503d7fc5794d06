"""APPLY for webhooks: a table from event type to method, and the methods."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import ClassVar

from .. import audit
from ..customers import (
    apply as method_apply,
)
from ..customers import (
    customer as customers,
)
from ..customers import (
    default as customer_default,
)
from ..customers import (
    setup as setup_intents,
)
from ..disputes import apply as dispute_apply
from ..disputes import warnings as early_fraud_warnings
from ..models import Customer, WebhookEvent
from ..payments import apply as payment_apply
from ..payments import charged, claims, review
from ..payouts import apply as payout_apply
from ..refunds import apply as refund_apply
from ..stripe_api.lookup import intent_id

logger = logging.getLogger(__name__)


#: Event type → the method of WebhookHandler that applies it. Other types are only stored.
HANDLERS: dict[str, str] = {
    "payment_intent.created": "handle_payment_changed",
    "payment_intent.requires_action": "handle_payment_changed",
    "payment_intent.processing": "handle_payment_changed",
    "payment_intent.amount_capturable_updated": "handle_payment_changed",
    "payment_intent.succeeded": "handle_payment_succeeded",
    "payment_intent.payment_failed": "handle_payment_failed",
    "payment_intent.canceled": "handle_payment_canceled",
    "refund.created": "handle_refund_changed",
    "refund.updated": "handle_refund_changed",
    "refund.failed": "handle_refund_changed",
    "charge.refund.updated": "handle_refund_changed",
    "charge.refunded": "handle_charge_refunded",
    "charge.pending": "handle_charge_changed",
    "charge.succeeded": "handle_charge_changed",
    "charge.failed": "handle_charge_changed",
    "charge.captured": "handle_charge_changed",
    "charge.updated": "handle_charge_changed",
    "charge.expired": "handle_charge_changed",
    "charge.dispute.created": "handle_dispute",
    "charge.dispute.updated": "handle_dispute",
    "charge.dispute.closed": "handle_dispute",
    "charge.dispute.funds_withdrawn": "handle_dispute",
    "charge.dispute.funds_reinstated": "handle_dispute",
    "radar.early_fraud_warning.created": "handle_early_fraud_warning",
    "review.opened": "handle_review",
    "review.closed": "handle_review",
    "payment_method.attached": "handle_payment_method_changed",
    "payment_method.updated": "handle_payment_method_changed",
    "payment_method.automatically_updated": "handle_payment_method_changed",
    "payment_method.detached": "handle_payment_method_detached",
    "setup_intent.succeeded": "handle_setup_intent_ended",
    "setup_intent.canceled": "handle_setup_intent_ended",
    "payout.created": "handle_payout",
    "payout.updated": "handle_payout",
    "payout.paid": "handle_payout",
    "payout.failed": "handle_payout",
    "payout.canceled": "handle_payout",
    "payout.reconciliation_completed": "handle_payout",
    "customer.updated": "handle_customer_updated",
    "customer.deleted": "handle_customer_deleted",
}


class WebhookHandler:
    """Turn a stored event into changes of our rows and into facts.

    A site handles more types by a subclass, named in STRIPE_WEBHOOK_HANDLER::

        class Handler(WebhookHandler):
            handlers = {**WebhookHandler.handlers, "invoice.paid": "handle_invoice_paid"}

            def handle_invoice_paid(self, event): ...

    A method may be called again for an event that it applied before, and events come in any
    order; so it must change nothing the second time. It may call Stripe, and opens its own
    transactions. The event's row is written by ``process`` alone.
    """

    handlers: ClassVar[dict[str, str]] = HANDLERS

    #: Called in the transaction that applies an event about a payment. ``process`` sets it.
    commit_with: Callable[[], None] | None = None

    def method_for(self, event: WebhookEvent) -> str | None:
        """Return the name of the method that applies the event, if any does.

        A thin event goes to the handler of its own type, or of the snapshot that tells the same.
        """
        # An event of a connected account is about that account's objects, never about ours.
        if event.account:
            return None
        return self.handlers.get(event.type) or self.handlers.get(event.snapshot_type)

    def applies_as_shipped(self, event: WebhookEvent) -> bool:
        """Whether no subclass has a part in applying the event."""
        used = {"handle_event", "handle_payment_changed", self.method_for(event) or "handle_event"}
        return all(
            getattr(type(self), name) is getattr(WebhookHandler, name, None) for name in used
        )

    def handle_event(self, event: WebhookEvent) -> None:
        """Apply the event by the method of its type. Unknown types change nothing."""
        name = self.method_for(event)
        # Stripe's word, wherever it comes from: the endpoint, the sweep, or staff who replay it.
        with audit.acting_as("webhook"):
            if name is not None:
                getattr(self, name)(event)

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
        payment = claims.find_or_claim(intent)
        if payment is None:
            # Another site may share the Stripe account, or the charge was made in the dashboard.
            logger.info("%s is about no payment of ours", event, extra={"event": event.stripe_id})
            return
        payment_apply.apply(payment, news=intent, event=event, commit_with=self.commit_with)

    def handle_charge_changed(self, event: WebhookEvent) -> None:
        """Keep a charge as it is, and take its payment's fee from it once Stripe settled it."""
        charged.apply(event.data_object)

    def handle_dispute(self, event: WebhookEvent) -> None:
        """Bring a dispute up to date, whichever ``charge.dispute.*`` event came."""
        dispute_apply.apply(event.data_object, event)

    def handle_refund_changed(self, event: WebhookEvent) -> None:
        """Apply what a ``refund.*`` event says, wherever the refund was made."""
        refund_apply.apply(event.data_object, event)

    def handle_charge_refunded(self, event: WebhookEvent) -> None:
        """Apply ``charge.refunded``: it names no refund, so all of the payment's are read."""
        charged.apply(event.data_object)
        refund_apply.sync(intent_id(event.data_object), event)

    def handle_early_fraud_warning(self, event: WebhookEvent) -> None:
        """Note that a card's issuer suspects fraud."""
        early_fraud_warnings.apply_warning(event)

    def handle_review(self, event: WebhookEvent) -> None:
        """Flag a payment while Radar reviews it, and take the flag back when it is done."""
        review.apply_radar(event.data_object)

    def handle_payment_method_changed(self, event: WebhookEvent) -> None:
        """Bring a saved card up to date with what Stripe says of it now."""
        method_apply.apply(event.data_object, event)

    def handle_payment_method_detached(self, event: WebhookEvent) -> None:
        """Apply ``payment_method.detached``: final, so it is believed as it is."""
        method_apply.detach(event.data_object, event)

    def handle_setup_intent_ended(self, event: WebhookEvent) -> None:
        """Note that a set-up ended, and the card that it saved."""
        setup_intents.apply(event.data_object, event)

    def handle_payout(self, event: WebhookEvent) -> None:
        """Bring a payout up to date; what it consists of is read by the reconciliation."""
        payout_apply.apply(event.data_object, event)

    def handle_customer_updated(self, event: WebhookEvent) -> None:
        """Take over the default payment method that a customer has at Stripe."""
        customer = Customer.objects.filter(stripe_id=event.data_object["id"]).first()
        if customer is not None:
            customer_default.refresh(customer)

    def handle_customer_deleted(self, event: WebhookEvent) -> None:
        """Forget a customer that was deleted at Stripe."""
        customers.forget(event.object_id)
