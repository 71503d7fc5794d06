"""The pages on which a customer lands after paying, or after not paying."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from ..exceptions import StripePaymentsError
from ..limits import rates as rate_limits
from ..models import Payment
from ..payments.intents import confirm_payment
from .answers import PaymentPage

Status = Payment.Status

#: What Stripe adds to the address when a bank sends the customer back. It opens the intent, and
#: the page does not need it: an address is kept in histories, and sent along as Referer.
SECRET = "payment_intent_client_secret"  # noqa: S105

#: Status → tone, title, message. What is not here is being worked on.
STATES: dict[str, tuple[str, Any, Any]] = {
    Status.SUCCEEDED: (
        "success",
        _("Thank you, your payment arrived"),
        _("Nothing else is to be done here."),
    ),
    Status.CANCELED: (
        "problem",
        _("This payment was canceled"),
        _("You have not been charged."),
    ),
    Status.REQUIRES_CAPTURE: (
        "success",
        _("Your payment is authorised"),
        _("The amount is reserved on your card and will be charged later."),
    ),
    Status.REQUIRES_PAYMENT_METHOD: (
        "problem",
        _("Your payment did not go through"),
        _("You have not been charged. Try again, or use another card."),
    ),
    Status.REQUIRES_ACTION: (
        "pending",
        _("Your bank wants you to confirm"),
        _("Go back to the payment and confirm it with your bank."),
    ),
}

WORKING = (
    "pending",
    _("Your payment is being processed"),
    _("This can take a while. This page tells you as soon as it is done."),
)


class PaymentSuccessView(PaymentPage):
    """Show how a payment stands; the address to which Stripe returns the customer.

    The page decides nothing. Being here proves nothing, so it asks Stripe and goes through the
    same pipeline as a webhook. With ``Accept: application/json`` the answer is ``{"payment_id",
    "status", "is_final", "title", "message", "tone", "retry_url"}`` for the polling script.
    """

    http_method_names = ["get"]
    open_to_guests = True

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        payment = self.own_payment(payment_id)
        if SECRET in request.GET:
            return redirect(self.link(request.path, payment))
        try:
            rate_limits.check("status", request)
            payment = confirm_payment(payment)
        except StripePaymentsError:
            # What we know is shown, and the page asks again.
            payment.refresh_from_db()
        state = state_of(payment)
        if state["retry_url"]:
            state["retry_url"] = self.link(state["retry_url"], payment)
        if self.wants_json:
            return JsonResponse({"payment_id": str(payment.pk), "status": payment.status, **state})
        context = {
            "payment": payment,
            "state": {**state, "poll_url": self.link(request.path, payment)},
        }
        return render(request, "django_stripe_payments/payment_success.html", context)


class PaymentCancelView(PaymentPage):
    """Tell a customer who left the checkout that nothing was charged; change nothing."""

    http_method_names = ["get"]
    open_to_guests = True

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("payment_id")
        payment = self.own_payment(wanted) if wanted else None
        is_open = payment is not None and payment.status in Payment.OPEN_STATUSES
        context = {
            "payment": payment,
            "retry_url": self.link(payment.checkout_url, payment) if payment and is_open else None,
        }
        return render(request, "django_stripe_payments/payment_cancel.html", context)


def state_of(payment: Payment) -> dict[str, Any]:
    """Return what a person is told about the payment, in their language."""
    tone, title, message = STATES.get(payment.status, WORKING)
    if payment.status == Status.REQUIRES_PAYMENT_METHOD and payment.failure_message:
        message = payment.failure_message
    is_open = payment.status in Payment.OPEN_STATUSES
    return {
        "tone": tone,
        "title": str(title),
        "message": str(message),
        # Nothing that this page waits for is still to come.
        "is_final": payment.is_final or is_open or payment.status == Status.REQUIRES_CAPTURE,
        "retry_url": payment.checkout_url if is_open else None,
    }
