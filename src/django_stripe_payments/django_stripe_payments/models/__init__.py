"""The tables of the app, one noun per module."""

from ..conf import settings as _settings  # noqa: F401  (loads the defaults in django.setup())
from .audit import AuditChain, AuditLogEntry
from .balance_transaction import BalanceTransaction
from .charge import Charge
from .customer import Customer
from .dispute import Dispute, EvidenceFile
from .fact import Fact, ReceiverDelivery
from .idempotent_request import IdempotentRequest
from .operation import ApiOperation
from .payment import Payment
from .payment_method import PaymentMethod
from .payout import Payout
from .refund import Refund, RefundRequest
from .setup_intent import SetupIntent
from .signing_secret import SigningSecret
from .sync import SyncCursor, SyncFinding, SyncRun
from .webhook_event import WebhookEvent

__all__ = [
    "ApiOperation",
    "AuditChain",
    "AuditLogEntry",
    "BalanceTransaction",
    "Charge",
    "Customer",
    "Dispute",
    "EvidenceFile",
    "Fact",
    "IdempotentRequest",
    "Payment",
    "PaymentMethod",
    "Payout",
    "ReceiverDelivery",
    "Refund",
    "RefundRequest",
    "SetupIntent",
    "SigningSecret",
    "SyncCursor",
    "SyncFinding",
    "SyncRun",
    "WebhookEvent",
]
