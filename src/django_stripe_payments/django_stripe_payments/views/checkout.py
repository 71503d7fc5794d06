"""The page on which a customer pays."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import money
from ..conf import settings
from ..customers.methods import list_methods
from ..exceptions import InvalidAmount, PriceUnavailable, UnknownPaymentType
from ..limits import amounts as limits
from ..models import Payment
from ..payment_types import Price, quote
from .answers import PaymentPage


class CheckoutView(PaymentPage):
    """GET ``?payment_id=…`` for an own unpaid payment, or ``?payment_type=…&<metadata>``.

    The page itself asks ``create-intent`` for the client secret, so that merely looking at it
    creates nothing at Stripe.
    """

    http_method_names = ["get"]
    open_to_guests = True

    def get(self, request: HttpRequest) -> HttpResponse:
        if "payment_id" in request.GET:
            return self._existing(self.own_payment(request.GET["payment_id"]))
        if not request.user.is_authenticated:
            # A guest's link opens one payment, and starts none.
            return self.handle_no_permission()
        metadata = {key: value for key, value in request.GET.items() if key != "payment_type"}
        return self._new(request.GET.get("payment_type", ""), metadata)

    def _existing(self, payment: Payment) -> HttpResponse:
        if payment.status not in Payment.OPEN_STATUSES:
            return redirect(self.link(payment.get_absolute_url(), payment))
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
            limits.check(amount, currency, payment_type)
        except (UnknownPaymentType, ObjectDoesNotExist) as error:
            # A developer reads the reason on Django's own page for a 404, while DEBUG is on.
            raise Http404(str(error)) from error
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
            "createIntentUrl": self.link(
                reverse("django_stripe_payments:create_payment_intent"), payment
            ),
            "paymentId": str(payment.pk) if payment else "",
            "paymentType": payment_type,
            "metadata": dict(metadata or {}),
            "amount": amount,
            "currency": currency,
            "returnUrl": build(self.link(payment.get_absolute_url(), payment)) if payment else "",
            "cancelUrl": self._cancel_url(payment),
            "messages": messages(),
        }

    def _page(
        self, context: dict[str, Any], config: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        context = {
            **context,
            "config": config,
            "stripe_js_url": settings.STRIPE_JS_URL,
            "cancel_url": self._cancel_url(context.get("payment")),
            **self._cards(context.get("payment")),
        }
        return render(self.request, "django_stripe_payments/checkout.html", context, status=status)

    def _cards(self, payment: Payment | None) -> dict[str, Any]:
        """Return what a user may choose: a saved card, or to save the new one. Guests may not."""
        if payment is not None and payment.user_id is None:
            return {"payment_methods": [], "can_save_card": False, "saves_card": False}
        methods = [m for m in list_methods(self.request.user) if not m.is_expired]
        saves_card = payment is not None and payment.save_card
        return {
            "payment_methods": methods,
            "can_save_card": not saves_card,
            "saves_card": saves_card,
        }

    def _cancel_url(self, payment: Payment | None) -> str:
        url = reverse("django_stripe_payments:payment_cancel")
        return self.link(f"{url}?payment_id={payment.pk}", payment) if payment else url


def messages() -> dict[str, str]:
    """Return the words that payments.js shows, in the reader's language."""
    return {
        "loading": _("Preparing the payment form…"),
        "submitting": _("Paying…"),
        "scriptFailed": _("The payment form could not be loaded. Check your connection."),
        "network": _("The connection was lost. You have not been charged twice: try again."),
        "unknown": _("The payment did not go through. Please try again."),
        "authenticate": _("Your bank asks you to confirm this payment."),
    }
