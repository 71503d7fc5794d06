"""The admin shows everything and changes little: Stripe and the app write these rows."""

from .customers import CustomerAdmin
from .disputes import DisputeAdmin
from .events import FactAdmin, ReceiverDeliveryAdmin, WebhookEventAdmin
from .log import ApiOperationAdmin, AuditLogEntryAdmin
from .methods import PaymentMethodAdmin, SetupIntentAdmin
from .payments import PaymentAdmin
from .payouts import BalanceTransactionAdmin, PayoutAdmin
from .refund_requests import RefundRequestAdmin
from .refunds import RefundAdmin
from .syncs import SyncFindingAdmin, SyncRunAdmin

__all__ = [
    "ApiOperationAdmin",
    "AuditLogEntryAdmin",
    "BalanceTransactionAdmin",
    "CustomerAdmin",
    "DisputeAdmin",
    "FactAdmin",
    "PaymentAdmin",
    "PaymentMethodAdmin",
    "PayoutAdmin",
    "ReceiverDeliveryAdmin",
    "RefundAdmin",
    "RefundRequestAdmin",
    "SetupIntentAdmin",
    "SyncFindingAdmin",
    "SyncRunAdmin",
    "WebhookEventAdmin",
]
