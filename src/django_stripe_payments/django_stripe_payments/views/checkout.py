"""The page on which a customer pays."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from .. import money
from ..conf import settings
from ..customers.methods import list_methods
from ..exceptions import InvalidAmount, InvalidMetadata, PriceUnavailable, UnknownPaymentType
from ..limits import amounts as limits
from ..models import Payment
from ..payment_types import Price, quote
from ..payments import buyer, instructions
from .answers import PaymentPage
from .problems import cause_of
from .scripts import script_config


class CheckoutView(PaymentPage):
    """GET ``?payment_id=…`` for an unpaid payment, or ``?payment_type=…&<metadata>``.

    The script of the page requests the client secret from ``create-intent``, so that opening the
    page creates nothing at Stripe.
    """

    http_method_names = ["get"]
    open_to_guests = True

    def get(self, request: HttpRequest) -> HttpResponse:
        if "payment_id" in request.GET:
            return self._existing(self.own_payment(request.GET["payment_id"]))
        if not request.user.is_authenticated:
            # A guest link opens one payment and cannot start another.
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
            "is_reservation": payment.capture_method == "manual",
            "instructions": instructions.explain(payment),
            "lines": payment.lines_display,
            "tax_display": payment.tax_display,
            "buyer_form": buyer.form_for(payment.payment_type, payment.buyer),
        }
        return self._page(page, self._config(payment.amount, payment.currency, payment=payment))

    def _new(self, payment_type: str, metadata: Mapping[str, Any]) -> HttpResponse:
        try:
            price: Price = quote(self.request.user, payment_type, metadata)
            amount, currency = price.minor, price.code
            limits.check(amount, currency, payment_type)
        except (UnknownPaymentType, ObjectDoesNotExist) as error:
            # With DEBUG on, Django's 404 page shows the developer the reason.
            raise Http404(str(error)) from error
        except (PriceUnavailable, InvalidAmount, InvalidMetadata) as error:
            problem = {"problem": str(error), "cause": cause_of(error)}
            return self._page(problem, {}, status=400)
        page = {
            "payment": None,
            "price_display": money.display(amount, currency),
            "description": price.description,
            **_parts(price),
            "buyer_form": buyer.form_for(payment_type),
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
        """Return what payments.js needs. The server trusts none of it later."""
        build = self.request.build_absolute_uri
        create_url = reverse("django_stripe_payments:create_payment_intent")
        return script_config(
            createIntentUrl=self.link(create_url, payment),
            paymentId=str(payment.pk) if payment else "",
            paymentType=payment_type,
            metadata=dict(metadata or {}),
            amount=amount,
            currency=currency,
            returnUrl=build(self.link(payment.get_absolute_url(), payment)) if payment else "",
            cancelUrl=self._cancel_url(payment),
        )

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
        """Return the saved cards, and whether the new one can be saved. Guests have neither."""
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


def _parts(price: Price) -> dict[str, Any]:
    """Return the lines and the tax of a price, as a payment with them shows them."""
    draft = Payment(currency=price.code, lines=price.frozen_lines(), tax_amount=price.tax_minor())
    return {"lines": draft.lines_display, "tax_display": draft.tax_display}
