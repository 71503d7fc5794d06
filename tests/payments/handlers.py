"""A site's own webhook handler."""

from typing import ClassVar

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
