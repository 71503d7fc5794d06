"""The pages and endpoints. Each one checks who asks, calls one function, and shows the result."""

from .checkout import CheckoutView
from .create_intent import CreateIntentView
from .result import PaymentCancelView, PaymentSuccessView
from .webhook import StripeWebhookView

__all__ = [
    "CheckoutView",
    "CreateIntentView",
    "PaymentCancelView",
    "PaymentSuccessView",
    "StripeWebhookView",
]
