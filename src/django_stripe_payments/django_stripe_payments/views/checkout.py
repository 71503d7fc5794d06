"""The page on which a customer pays."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import money
from ..checkout import OPEN_STATUSES
from ..conf import settings
from ..exceptions import InvalidAmount, PriceUnavailable, UnknownPaymentType
from ..models import Payment
from ..payment_types import Price, quote
from .base import PaymentPage


class CheckoutView(PaymentPage):
    """GET ``?payment_id=…`` for an own unpaid payment, or ``?payment_type=…&<metadata>``.

    The page itself asks ``create-intent`` for the client secret, so that merely looking at it
    creates nothing at Stripe.
    """

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        if "payment_id" in request.GET:
            return self._existing(self.own_payment(request.GET["payment_id"]))
        metadata = {key: value for key, value in request.GET.items() if key != "payment_type"}
        return self._new(request.GET.get("payment_type", ""), metadata)

    def _existing(self, payment: Payment) -> HttpResponse:
        if payment.status not in OPEN_STATUSES:
            return redirect(payment)
        page = {
            "payment": payment,
            "price_display": payment.amount_display,
            "description": payment.description,
        }
        return self._page(page, self._config(payment.amount, payment.currency, payment=payment))

    def _new(self, payment_type: str, metadata: Mapping[str, Any]) -> HttpResponse:
        try:
            price: Price = quote(self.request.user, payment_type, metadata)
            amount, currency = price.minor, price.code
        except (UnknownPaymentType, ObjectDoesNotExist) as error:
            raise Http404 from error
        except (PriceUnavailable, InvalidAmount) as error:
            return self._page({"problem": str(error)}, {}, status=400)
        page = {
            "payment": None,
            "price_display": money.display(amount, currency),
            "description": price.description,
        }
        config = self._config(amount, currency, payment_type=payment_type, metadata=metadata)
        return self._page(page, config)

    def _config(
        self,
        amount: int,
        currency: str,
        *,
        payment: Payment | None = None,
        payment_type: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return what payments.js needs. Nothing in it decides anything on the server."""
        build = self.request.build_absolute_uri
        return {
            "publicKey": settings.STRIPE_PUBLIC_KEY,
            "createIntentUrl": reverse("django_stripe_payments:create_payment_intent"),
            "paymentId": str(payment.pk) if payment else "",
            "paymentType": payment_type,
            "metadata": dict(metadata or {}),
            "amount": amount,
            "currency": currency,
            "returnUrl": build(payment.get_absolute_url()) if payment else "",
            "cancelUrl": _cancel_url(payment),
            "messages": _messages(),
        }

    def _page(
        self, context: dict[str, Any], config: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        context = {
            **context,
            "config": config,
            "stripe_js_url": settings.STRIPE_JS_URL,
            "cancel_url": _cancel_url(context.get("payment")),
        }
        return render(self.request, "django_stripe_payments/checkout.html", context, status=status)


def _cancel_url(payment: Payment | None) -> str:
    url = reverse("django_stripe_payments:payment_cancel")
    return f"{url}?payment_id={payment.pk}" if payment else url


def _messages() -> dict[str, str]:
    """Return the words that payments.js shows, in the reader's language."""
    return {
        "loading": _("Preparing the payment form…"),
        "submitting": _("Paying…"),
        "scriptFailed": _("The payment form could not be loaded. Check your connection."),
        "network": _("The connection was lost. You have not been charged twice: try again."),
        "unknown": _("The payment did not go through. Please try again."),
        "authenticate": _("Your bank asks you to confirm this payment."),
    }
