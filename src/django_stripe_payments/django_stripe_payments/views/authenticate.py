"""The page on which a customer confirms a charge that their bank did not approve on its own."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ..conf import settings
from ..models import Payment
from .answers import PaymentPage
from .scripts import script_config


class AuthenticateView(PaymentPage):
    """Show the amount and the card; after a click, the script asks the bank.

    A payment that needs nothing from the customer redirects to its result. Without the saved
    card there is nothing to confirm with, so the customer is redirected to the checkout.
    """

    http_method_names = ["get"]

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        payment = self.own_payment(payment_id)
        if payment.status not in Payment.OPEN_STATUSES:
            return redirect(payment)
        method = payment.payment_method
        if method is None or not method.is_attached:
            return redirect(payment.checkout_url)
        context = {
            "payment": payment,
            "method_display": str(method),
            "config": self._config(payment, method.stripe_id),
            "stripe_js_url": settings.STRIPE_JS_URL,
        }
        return render(request, "django_stripe_payments/payment_authenticate.html", context)

    def _config(self, payment: Payment, method: str) -> dict[str, Any]:
        """Return what payment_authenticate.js needs."""
        return script_config(
            createIntentUrl=reverse("django_stripe_payments:create_payment_intent"),
            paymentId=str(payment.pk),
            paymentMethod=method,
            returnUrl=self.request.build_absolute_uri(payment.get_absolute_url()),
        )
