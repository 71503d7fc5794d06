"""The page on which a customer completes a charge that their bank did not let through alone."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ..conf import settings
from ..models import Payment
from .answers import PaymentPage
from .checkout import messages


class AuthenticateView(PaymentPage):
    """Show what is charged and with which card; the bank is asked by script, after a click.

    Without the saved card there is nothing to authenticate with, so the customer is sent to
    the checkout; and to the result once the payment is done.
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
        return {
            "publicKey": settings.STRIPE_PUBLIC_KEY,
            "createIntentUrl": reverse("django_stripe_payments:create_payment_intent"),
            "paymentId": str(payment.pk),
            "paymentMethod": method,
            "returnUrl": self.request.build_absolute_uri(payment.get_absolute_url()),
            "messages": messages(),
        }
