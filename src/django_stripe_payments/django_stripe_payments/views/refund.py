"""The page on which a customer requests a refund."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import money
from ..exceptions import RefundNotAllowed
from ..models import Payment, Refund, RefundRequest
from ..refunds import requests as refund_requests
from ..refunds.policy import RefundOffer
from . import confirmed
from .answers import PaymentPage
from .bodies import InvalidRequest, read_object
from .problems import refusal
from .refund_form import RefundRequestForm, request_id

TEMPLATE = "django_stripe_payments/refund_request.html"


class RefundRequestView(PaymentPage):
    """GET shows what can be refunded; POST requests it: ``amount`` (empty for all), ``message``.

    A refund that needs no approval is confirmed first: the page asks with the sum, and posts
    ``confirmed`` along. Scripts ask for themselves.

    With ``Accept: application/json``, GET answers ``{"payment_id", "can_be_refunded" (major
    units, as text), "currency", "needs_approval", "ends_at", "problem"}``, and POST, of a form
    or of JSON, a 201 ``{"request_id", "status", "refund_id", "refund_status", "message"}``. A
    refusal is ``{"error": {"code", "message", "fields"?}}`` with 400, 403, 404, 429 or 502.
    """

    http_method_names = ["get", "post"]
    login_message = gettext_lazy("Please log in to request a refund.")

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        payment = self.own_payment(payment_id)
        try:
            offer = refund_requests.offer_to(request.user, payment)
        except RefundNotAllowed as error:
            return self._not_refundable(payment, str(error))
        if self.wants_json:
            return JsonResponse(_offer_as_json(payment, offer))
        return self._page(payment, offer, RefundRequestForm(payment=payment, offer=offer))

    def post(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        payment = self.own_payment(payment_id)
        try:
            data = _form_data(request)
            # A second click gets the answer of the first.
            earlier = refund_requests.made_before(request.user, payment, _key(data, payment))
            if earlier is not None:
                return self._done(earlier)
            offer = refund_requests.offer_to(request.user, payment)
            form = RefundRequestForm(data, payment=payment, offer=offer)
            if not form.is_valid():
                return self._invalid(payment, offer, form)
            if not (offer.needs_approval or self.wants_json or confirmed.is_confirmed(request)):
                return confirmed.ask(request, _question(payment, offer, form))
            return self._done(refund_requests.ask(request.user, payment, **form.cleaned_data))
        except InvalidRequest as error:
            return refusal(400, "bad_request", str(error))
        except RefundNotAllowed as error:
            if self.wants_json:
                return refusal(400, "refund_not_allowed", str(error))
            return self._not_refundable(payment, str(error), status=400)

    def _page(
        self, payment: Payment, offer: RefundOffer, form: RefundRequestForm, status: int = 200
    ) -> HttpResponse:
        context = {
            "payment": payment,
            "form": form,
            "refundable_display": money.display(offer.amount, payment.currency),
            "needs_approval": offer.needs_approval,
            "window_ends": offer.ends_at,
            "cancel_url": _payment_page(payment),
        }
        return render(self.request, TEMPLATE, context, status=status)

    def _not_refundable(self, payment: Payment, problem: str, *, status: int = 200) -> HttpResponse:
        if self.wants_json:
            return JsonResponse({**_offer_as_json(payment, None), "problem": problem})
        context = {"payment": payment, "problem": problem, "cancel_url": _payment_page(payment)}
        return render(self.request, TEMPLATE, context, status=status)

    def _invalid(
        self, payment: Payment, offer: RefundOffer, form: RefundRequestForm
    ) -> HttpResponse:
        if not self.wants_json:
            return self._page(payment, offer, form, status=400)
        error = {"code": "invalid", "message": _("Please correct the fields below.")}
        return JsonResponse({"error": {**error, "fields": form.errors}}, status=400)

    def _done(self, refund_request: RefundRequest) -> HttpResponse:
        refund, text = refund_request.refund, _outcome_message(refund_request)
        is_refused = refund is not None and refund.status in Refund.VOID_STATUSES
        if self.wants_json:
            if is_refused:
                return refusal(502, "stripe_refused", text)
            return JsonResponse(_request_as_json(refund_request, text), status=201)
        add = messages.error if is_refused else messages.success
        add(self.request, text)
        return redirect(_payment_page(refund_request.payment))


def _form_data(request: HttpRequest) -> Any:
    """Return what a form or a script sent. Raises InvalidRequest."""
    if request.content_type != "application/json":
        return request.POST
    # A form field parses text.
    return read_object(request, parse_float=str)


def _key(data: Any, payment: Payment) -> UUID | None:
    try:
        return request_id(UUID(str(data.get("key"))), payment)
    except ValueError:
        return None


def _outcome_message(refund_request: RefundRequest) -> str:
    amount = {"amount": refund_request.amount_display}
    if refund_request.refund is None:
        return _("We received your refund request for %(amount)s and will let you know.") % amount
    if refund_request.refund.status in Refund.VOID_STATUSES:
        return _("The payment provider declined the refund. Please contact us.")
    return _("%(amount)s is on its way back to you. Banks usually take 5 to 10 days.") % amount


def _question(payment: Payment, offer: RefundOffer, form: RefundRequestForm) -> confirmed.Question:
    amount = form.cleaned_data["amount"]
    minor = offer.amount if amount is None else money.to_minor(amount, payment.currency)
    shown = {"amount": money.display(minor, payment.currency), "card": payment.paid_with}
    target = _("The money goes back to %(card)s.") if payment.paid_with else ""
    return confirmed.Question(
        question=_("Refund %(amount)s?") % shown,
        consequence=" ".join([target % shown, _("A refund can't be undone.")]).strip(),
        button=_("Refund %(amount)s") % shown,
        cancel=_("Keep the payment"),
        cancel_url=_payment_page(payment),
    )


def _payment_page(payment: Payment) -> str:
    return reverse("django_stripe_payments:payment_detail", args=[payment.pk])


def _offer_as_json(payment: Payment, offer: RefundOffer | None) -> dict[str, Any]:
    amount = money.to_decimal(offer.amount if offer else 0, payment.currency)
    return {
        "payment_id": str(payment.pk),
        "can_be_refunded": f"{amount:f}",
        "currency": payment.currency,
        "needs_approval": offer.needs_approval if offer else None,
        "ends_at": offer.ends_at.isoformat() if offer and offer.ends_at else None,
        "problem": None,
    }


def _request_as_json(refund_request: RefundRequest, text: str) -> dict[str, Any]:
    refund = refund_request.refund
    return {
        "request_id": str(refund_request.pk),
        "status": refund_request.status,
        "refund_id": str(refund.pk) if refund else None,
        "refund_status": refund.status if refund else None,
        "message": text,
    }
