"""One payment, and everything that happened to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from .. import money
from ..models import Dispute, Payment, RefundRequest
from ..payments import buyer, timeline
from ..payments import export as payment_export
from ..refunds import requests as refund_requests
from .answers import PaymentPage

#: Permission to see every payment with its fees, and who did what.
STAFF_PERMISSION = "django_stripe_payments.view_payment"


class PaymentDetailView(PaymentPage):
    """GET: one of the user's payments; for staff with the permission to view payments, any.

    With ``Accept: application/json`` the answer is the payment with ``timeline``, ``refunds``,
    ``lines`` (amounts in the minor unit), ``tax_amount`` and ``buyer``.
    """

    http_method_names = ["get"]

    def get(self, request: HttpRequest, payment_id: UUID) -> HttpResponse:
        payment = self._payment(payment_id)
        is_staff = self._is_staff
        steps = timeline.steps(payment, for_staff=is_staff)
        if self.wants_json:
            return JsonResponse(_as_json(payment, steps))
        refunded = payment.amount_refunded
        asked = list(payment.refund_requests.all())
        context = {
            "payment": payment,
            "method_display": payment.paid_with or str(payment.payment_method or ""),
            "refunded_display": money.display(refunded, payment.currency) if refunded else "",
            "buyer_lines": buyer.lines_of(payment.buyer),
            "timeline": steps,
            "refunds": payment.refunds.all(),
            "refund_requests": asked,
            "was_rejected": bool(asked) and asked[0].status == RefundRequest.Status.REJECTED,
            "dispute": _dispute(payment),
            "fees": fees_of(payment) if is_staff else None,
            **self._links(payment, is_staff=is_staff),
        }
        return render(request, "django_stripe_payments/payment_detail.html", context)

    @property
    def _is_staff(self) -> bool:
        user = self.request.user
        return bool(user.is_staff and user.has_perm(STAFF_PERMISSION))

    def _payment(self, payment_id: UUID) -> Payment:
        payments = Payment.objects.select_related("payment_method").prefetch_related(
            "refunds", "disputes", "refund_requests", "charges"
        )
        payment = payments.filter(pk=payment_id).first()
        if payment is None or not (payment.user_id == self.request.user.pk or self._is_staff):
            raise Http404
        return payment

    def _links(self, payment: Payment, *, is_staff: bool) -> dict[str, str | None]:
        is_own = payment.user_id == self.request.user.pk
        is_open = is_own and payment.status in Payment.OPEN_STATUSES
        admin = "admin:django_stripe_payments_payment_change"
        return {
            "retry_url": payment.checkout_url if is_open else None,
            "refund_url": self._refund_url(payment) if is_own else None,
            "admin_url": _url(admin, payment) if is_staff else None,
        }

    def _refund_url(self, payment: Payment) -> str | None:
        can_request = refund_requests.can_be_asked_for(self.request.user, payment)
        return _url("django_stripe_payments:request_refund", payment) if can_request else None


def fees_of(payment: Payment) -> dict[str, Any] | None:
    """Return the payment's fees and net for staff; None until a fee is known or estimated."""
    if payment.stripe_fee is None:
        return None
    currency, platform = payment.currency, payment.platform_fee
    expected = payment.amount - payment.stripe_fee - platform
    settled = {
        "fee_display": payment.settlement_fee_display,
        "net_display": payment.settlement_net_display,
    }
    return {
        "stripe_display": money.display(payment.stripe_fee, currency),
        "platform_display": money.display(platform, currency) if platform else "",
        "net_display": money.display(payment.net if payment.succeeded_at else expected, currency),
        "is_estimate": not payment.fee_is_final,
        "settled": settled if payment.settlement_currency not in ("", currency) else None,
    }


def _dispute(payment: Payment) -> dict[str, Any] | None:
    dispute: Dispute | None = next(iter(payment.disputes.all()), None)
    if dispute is None:
        return None
    return {
        "amount_display": dispute.amount_display,
        "status": dispute.status,
        "status_label": dispute.status_label,
        "reason_label": dispute.reason_label,
        "due_by": dispute.evidence_due_by if dispute.takes_evidence else None,
    }


def _as_json(payment: Payment, steps: list[timeline.Step]) -> dict[str, Any]:
    return {
        **payment_export.as_json(payment),
        "lines": payment.lines,
        "tax_amount": payment.tax_amount,
        "buyer": payment.buyer,
        "refunds": [
            {
                "id": str(refund.pk),
                "amount": str(refund.amount_decimal),
                "status": refund.status,
                "created_at": refund.created_at.isoformat(),
            }
            for refund in payment.refunds.all()
        ],
        "timeline": [
            {"at": step.at.isoformat(), "title": step.title, "detail": step.detail}
            for step in steps
        ],
    }


def _url(name: str, payment: Payment) -> str | None:
    """Return the address of a page of the payment; None if the site has no such page."""
    try:
        return reverse(name, args=[payment.pk])
    except NoReverseMatch:
        return None
