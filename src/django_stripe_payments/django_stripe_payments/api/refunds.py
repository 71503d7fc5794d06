"""Routes of refunds and of refund requests, with their serializers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from .. import money
from ..exceptions import RefundNotAllowed
from ..models import Refund, RefundRequest
from ..refunds import requests
from .base import ApiView
from .documentation import document
from .idempotency import once
from .payments import KEYS, REFUSALS
from .serializers import MAX_AMOUNT, Moment, moment


class RefundSerializer(serializers.Serializer[Refund]):
    id = serializers.UUIDField()
    amount = serializers.IntegerField(help_text="In the payment's minor unit.")
    currency = serializers.CharField()
    status = serializers.CharField()
    created_at = Moment()

    def to_representation(self, instance: Refund) -> dict[str, Any]:
        return refund(instance)


def refund(row: Refund) -> dict[str, Any]:
    """Return what RefundSerializer declares."""
    return {
        "id": str(row.pk),
        "amount": row.amount,
        "currency": row.currency,
        "status": row.status,
        "created_at": moment(row.created_at),
    }


class RefundRequestSerializer(serializers.Serializer[RefundRequest]):
    id = serializers.UUIDField()
    amount = serializers.IntegerField(help_text="In the payment's minor unit.")
    status = serializers.CharField(help_text="pending, approved or rejected.")
    message = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_blank=True, help_text="The note of the staff.")
    refund = serializers.UUIDField(allow_null=True)
    created_at = Moment()

    def to_representation(self, instance: RefundRequest) -> dict[str, Any]:
        return refund_request(instance)


def refund_request(row: RefundRequest) -> dict[str, Any]:
    """Return what RefundRequestSerializer declares."""
    return {
        "id": str(row.pk),
        "amount": row.amount,
        "status": row.status,
        "message": row.message,
        "answer": row.decision_note,
        "refund": None if row.refund_id is None else str(row.refund_id),
        "created_at": moment(row.created_at),
    }


class RefundsSerializer(serializers.Serializer[Any]):
    """Refunds, refund requests, and the amount that can be requested now."""

    refunds = RefundSerializer(many=True)
    requests = RefundRequestSerializer(many=True)
    refundable = serializers.IntegerField(
        help_text="In the minor unit; 0 if no refund can be requested."
    )
    reason = serializers.CharField(allow_blank=True, help_text="Why no refund can be requested.")


class NewRefundRequestSerializer(serializers.Serializer[Any]):
    amount = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_AMOUNT,
        help_text="Everything refundable, if left out.",
    )
    message = serializers.CharField(required=False, max_length=2000, allow_blank=True)


class Refunds(ApiView):
    """Refunds of a payment, and the payer's requests."""

    @document("listRefunds", answers=RefundsSerializer, has_id=True)
    def get(self, request: Request, payment_id: str) -> Response:
        """Return refunds, refund requests, and the amount that can be requested now."""
        row, refundable, reason = self.own_payment(payment_id), 0, ""
        try:
            refundable = requests.offer_to(request.user, row).amount
        except RefundNotAllowed as error:
            reason = str(error)
        return Response(
            {
                "refunds": list(map(refund, row.refunds.all())),
                "requests": list(map(refund_request, row.refund_requests.all())),
                "refundable": refundable,
                "reason": reason,
            }
        )

    @document(
        "requestRefund",
        body=NewRefundRequestSerializer,
        answers=RefundRequestSerializer,
        status=201,
        has_id=True,
        is_idempotent=True,
        problems={**KEYS, 400: "Invalid body, or not refundable: see code.", 502: REFUSALS[502]},
    )
    def post(self, request: Request, payment_id: str) -> Response:
        """Request a refund. If no approval is needed, the refund is already in the answer."""
        row, asked = self.own_payment(payment_id), self.checked(NewRefundRequestSerializer)
        amount = None
        if "amount" in asked:
            amount = money.to_decimal(asked["amount"], row.currency)

        def work(key: UUID) -> dict[str, Any]:
            made = requests.ask(request.user, row, amount, asked.get("message", ""), key=key)
            return refund_request(made)

        answer, _is_replay = once(request, f"refunds:{row.pk}", work)
        return Response(answer, status=201)
