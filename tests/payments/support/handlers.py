"""A site's own webhook handler, dispatcher and refund policy."""

from typing import Any, ClassVar

from django_stripe_payments.dispatch import Dispatcher
from django_stripe_payments.exceptions import RefundNotAllowed
from django_stripe_payments.models import WebhookEvent
from django_stripe_payments.webhooks import WebhookHandler

paid: list[object] = []


class PayoutHandler(WebhookHandler):
    handlers: ClassVar[dict[str, str]] = {
        **WebhookHandler.handlers,
        "payout.paid": "handle_payout_paid",
    }

    def handle_payout_paid(self, event: WebhookEvent) -> None:
        paid.append(event.data_object["id"])


class LazyDispatcher(Dispatcher):
    """Leaves everything to the sweep."""

    def event_stored(self, stripe_id: str) -> bool:
        return True


def no_refunds(user: Any, payment: Any) -> Any:
    raise RefundNotAllowed("Never.")


counted: list[object] = []


class ForgetfulHandler(WebhookHandler):
    """Fails the first time, after the payment was applied."""

    def handle_payment_succeeded(self, event: WebhookEvent) -> None:
        super().handle_payment_succeeded(event)
        counted.append(event.stripe_id)
        if len(counted) == 1:
            raise RuntimeError("The stock could not be counted.")


thin: list[str] = []


class ThinHandler(WebhookHandler):
    """Handles a type that has no snapshot."""

    handlers: ClassVar[dict[str, str]] = {**WebhookHandler.handlers, "v2.core.pinged": "pinged"}

    def pinged(self, event: WebhookEvent) -> None:
        thin.append(event.type)


class ReviewHandler(WebhookHandler):
    """Handles one type more."""

    handlers: ClassVar[dict[str, str]] = {**WebhookHandler.handlers, "invoice.paid": "reviewed"}

    def reviewed(self, event: WebhookEvent) -> None:
        """Nothing to do."""


class ExitingHandler(WebhookHandler):
    """Ends its process, as code written for the command line does."""

    def handle_event(self, event: WebhookEvent) -> None:
        raise SystemExit(1)
