"""Early fraud warnings: the issuer suspects fraud before the customer disputes."""

from typing import Any

from .. import audit
from ..conf import settings
from ..database.transactions import own_transaction
from ..facts import store as fact_store
from ..models import Fact, WebhookEvent
from ..payments.claims import payment_behind
from ..refunds import balance as refund_balance
from ..refunds.create import refund_payment


def apply_warning(event: WebhookEvent) -> None:
    """Store a ``radar.early_fraud_warning.created``, and refund if the site's settings say so.

    A refund only makes sense while the warning is actionable: not disputed and not refunded yet.
    It is written with the fact, so that a warning refunds once.
    """
    warning: dict[str, Any] = event.data_object
    payment = payment_behind(warning)
    if payment is None:
        return
    fact = fact_store.make("early_fraud_warning", payment, event=event, detail=warning["id"])
    with own_transaction():
        # A second process waits here, and then sees what the first one wrote.
        refund_balance.lock(payment.pk)
        if Fact.objects.filter(key=fact.key).exists():
            return
        fact_store.store([fact])
        audit.record("payment.early_fraud_warning", payment, fraud_type=warning.get("fraud_type"))
        should_refund = settings.STRIPE_REFUND_ON_EARLY_FRAUD_WARNING and warning.get("actionable")
        payment.refresh_from_db(fields=["amount_received", "amount_refunded"])
        if should_refund and payment.refundable:
            refund_payment(payment, reason="fraudulent")
