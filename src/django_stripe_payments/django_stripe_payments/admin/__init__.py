"""The admin shows everything and changes little: Stripe and the pipeline write these rows."""

from .customers import CustomerAdmin
from .disputes import DisputeAdmin
from .events import FactAdmin, ReceiverDeliveryAdmin, WebhookEventAdmin
from .log import ApiOperationAdmin, AuditLogEntryAdmin
from .methods import PaymentMethodAdmin, SetupIntentAdmin
from .payments import PaymentAdmin
from .refunds import RefundAdmin, RefundRequestAdmin

__all__ = [
    "ApiOperationAdmin",
    "AuditLogEntryAdmin",
    "CustomerAdmin",
    "DisputeAdmin",
    "FactAdmin",
    "PaymentAdmin",
    "PaymentMethodAdmin",
    "ReceiverDeliveryAdmin",
    "RefundAdmin",
    "RefundRequestAdmin",
    "SetupIntentAdmin",
    "WebhookEventAdmin",
]
