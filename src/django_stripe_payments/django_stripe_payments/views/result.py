"""The pages to which a customer returns after paying, or after leaving the checkout."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from .. import money
from ..exceptions import StripePaymentsError
from ..limits import rates as rate_limits
from ..models import Payment
from ..payments import instructions
from ..payments.intents import confirm_payment
from .answers import PaymentPage

Status = Payment.Status

#: What Stripe adds to the address when a bank redirects back, besides the secret.
FROM_BANK = "redirect_status"

#: Status → tone, title, message. Any other status is IN_PROGRESS.
STATES: dict[str, tuple[str, Any, Any]] = {
    Status.SUCCEEDED: (
        "success",
        _("Thank you for your payment"),
        _("No further action is needed."),
    ),
    Status.CANCELED: (
        "problem",
        _("This payment was canceled"),
        _("You have not been charged."),
    ),
    Status.REQUIRES_CAPTURE: (
        "success",
        _("Your payment is authorized"),
        _("The amount is reserved on your card and will be charged later."),
    ),
    Status.REQUIRES_PAYMENT_METHOD: (
        "problem",
        _("Your payment did not go through"),
        _("You have not been charged. Try again, or use another card."),
    ),
    Status.REQUIRES_ACTION: (
        "pending",
        _("Confirm your payment"),
        _("Return to the payment and confirm it with your bank."),
    ),
}

IN_PROGRESS = (
    "pending",
    _("Your payment is being processed"),
    _("This can take a while. This page updates automatically."),
)

#: A slip or a bank transfer is to be paid, away from this site.
AWAITED = _("Complete your payment")

REFUNDED = _("This payment was refunded")
PARTLY_REFUNDED = _("This payment was partly refunded")
RETURNED = _("%(amount)s is on its way back to you. Banks usually take 5 to 10 days.")


class PaymentSuccessView(PaymentPage):
    """Show the state of a payment; Stripe redirects the customer here.

    Opening the page proves nothing, so it asks Stripe and applies the answer as a webhook would.
    With ``Accept: application/json`` the answer is ``{"payment_id",
    "status", "is_final", "title", "message", "tone", "retry_url", "instructions_url"}`` for the
    polling script.
    """

    http_method_names = ["get"]
    open_to_guests = True

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        payment = self.own_payment(payment_id)
        try:
            rate_limits.check("status", request)
            payment = confirm_payment(payment)
        except StripePaymentsError:
            # Show the last known state; the page polls again.
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

    def handle_no_permission(self) -> HttpResponse:  # type: ignore[override]
        # Back from the bank on another device, or without the cookie (SameSite=Strict). The page
        # names no payment: anyone with the address may read it.
        if FROM_BANK in self.request.GET and not self.answers_json:
            context = {"continue_url": self.request.path}
            return render(self.request, "django_stripe_payments/payment_returned.html", context)
        return super().handle_no_permission()


class PaymentCancelView(PaymentPage):
    """Confirm to a customer who left the checkout that nothing was charged. Changes nothing."""

    http_method_names = ["get"]
    open_to_guests = True

    def get(self, request: HttpRequest) -> HttpResponse:
        payment_id = request.GET.get("payment_id")
        payment = self.own_payment(payment_id) if payment_id else None
        is_open = payment is not None and payment.status in Payment.OPEN_STATUSES
        context = {
            "payment": payment,
            "retry_url": self.link(payment.checkout_url, payment) if payment and is_open else None,
        }
        return render(request, "django_stripe_payments/payment_cancel.html", context)


def state_of(payment: Payment) -> dict[str, Any]:
    """Return the state of the payment as the customer reads it, in the active language."""
    tone, title, message = _words(payment)
    is_open = payment.status in Payment.OPEN_STATUSES
    return {
        "tone": tone,
        "title": str(title),
        "message": str(message),
        # Whether polling can stop.
        "is_final": payment.is_final or is_open or payment.status == Status.REQUIRES_CAPTURE,
        "retry_url": payment.checkout_url if is_open else None,
        "instructions_url": payment.instructions_url or None,
    }


def _words(payment: Payment) -> tuple[str, Any, Any]:
    """Return tone, title and message."""
    tone, title, message = STATES.get(payment.status, IN_PROGRESS)
    if payment.status == Status.REQUIRES_ACTION and payment.instructions_url:
        return tone, AWAITED, instructions.explain(payment)
    if payment.status == Status.REQUIRES_PAYMENT_METHOD and payment.failure_code:
        return tone, title, payment.failure_display
    if payment.status == Status.SUCCEEDED and payment.amount_refunded:
        title = REFUNDED if payment.is_fully_refunded else PARTLY_REFUNDED
        amount = money.display(payment.amount_refunded, payment.currency)
        return tone, title, RETURNED % {"amount": amount}
    return tone, title, message
