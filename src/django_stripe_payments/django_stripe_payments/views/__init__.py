"""The pages and endpoints. Each checks access, calls one function and shows the result."""

from .authenticate import AuthenticateView
from .checkout import CheckoutView
from .create_intent import CreateIntentView
from .detail import PaymentDetailView
from .history import PaymentHistoryView
from .methods import (
    AddPaymentMethodView,
    PaymentMethodListView,
    RemovePaymentMethodView,
    SetDefaultPaymentMethodView,
)
from .refund import RefundRequestView
from .result import PaymentCancelView, PaymentSuccessView
from .webhook import StripeWebhookView

__all__ = [
    "AddPaymentMethodView",
    "AuthenticateView",
    "CheckoutView",
    "CreateIntentView",
    "PaymentCancelView",
    "PaymentDetailView",
    "PaymentHistoryView",
    "PaymentMethodListView",
    "PaymentSuccessView",
    "RefundRequestView",
    "RemovePaymentMethodView",
    "SetDefaultPaymentMethodView",
    "StripeWebhookView",
]
