"""What the API's JSON looks like: amounts in the currency's minor unit, times ISO 8601 in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ..models import Payment, PaymentMethod

#: Payments of one page.
DEFAULT_LIMIT, MAX_LIMIT = 20, 100

#: Every amount fits in 53 bits, which is what JSON can be trusted with.
MAX_AMOUNT = 2**53 - 1


class Moment(serializers.DateTimeField):
    """A time in UTC, whatever the site's formats and active time zone are."""

    def __init__(self, **options: Any) -> None:
        formats: dict[str, Any] = {"format": "iso-8601", "input_formats": ["iso-8601"]}
        super().__init__(default_timezone=UTC, **formats, **options)


def moment(value: datetime | None) -> str | None:
    """Return a time as ``Moment`` writes it."""
    if value is None:
        return None
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class ProblemErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="JSON pointer to the field; empty for the whole.",
    )
    parameter = serializers.CharField(required=False, help_text="Name of the query parameter.")
    detail = serializers.CharField()
    code = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details, RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people, in their language.")
    code = serializers.CharField(help_text="For programs; it never changes its meaning.")
    errors = ProblemErrorSerializer(many=True, required=False)


class PaymentTypeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    minimum = serializers.CharField(
        allow_null=True, help_text="Major unit; null if the client can't choose the amount."
    )
    maximum = serializers.CharField(allow_null=True)


class ConfigSerializer(serializers.Serializer[Any]):
    """Settings that a client needs first."""

    publishable_key = serializers.CharField()
    default_currency = serializers.CharField()
    payment_types = PaymentTypeSerializer(many=True)


class PaymentSerializer(serializers.Serializer[Payment]):
    """A payment; ``status`` is that of Stripe's payment intent."""

    id = serializers.UUIDField()
    payment_type = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    amount = serializers.IntegerField(help_text="In the currency's minor unit.")
    amount_received = serializers.IntegerField()
    amount_refunded = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.CharField()
    paid_with = serializers.CharField(allow_blank=True, help_text='Such as "Visa •••• 4242".')
    failure = serializers.CharField(allow_blank=True, help_text="Why the last attempt failed.")
    created_at = Moment()
    succeeded_at = Moment(allow_null=True)
    canceled_at = Moment(allow_null=True)

    def to_representation(self, instance: Payment) -> dict[str, Any]:
        return payment(instance)


def payment(row: Payment) -> dict[str, Any]:
    """Return what PaymentSerializer declares. Prefetch "charges" for a list."""
    return {
        "id": str(row.pk),
        "payment_type": row.payment_type,
        "description": row.description,
        "amount": row.amount,
        "amount_received": row.amount_received,
        "amount_refunded": row.amount_refunded,
        "currency": row.currency,
        "status": row.status,
        "paid_with": row.paid_with,
        "failure": row.failure_display,
        "created_at": moment(row.created_at),
        "succeeded_at": moment(row.succeeded_at),
        "canceled_at": moment(row.canceled_at),
    }


class PageSerializer(serializers.Serializer[Any]):
    """A page of payments, newest first."""

    results = PaymentSerializer(many=True)
    next = serializers.CharField(
        allow_null=True, help_text="Cursor of the older page; null if there is none."
    )
    previous = serializers.CharField(
        allow_null=True, help_text="Cursor of the newer page; null if there is none."
    )


class SheetRequestSerializer(serializers.Serializer[Any]):
    """Asks for what Stripe's payment sheet in a mobile app needs; may be empty."""

    ephemeral_key_version = serializers.CharField(
        required=False,
        max_length=32,
        help_text="Only for apps older than customer sessions: the API version of their SDK.",
    )


class SheetSerializer(serializers.Serializer[Any]):
    """For Stripe's payment sheet. Neither secret must be stored or logged."""

    customer = serializers.CharField()
    customer_session_client_secret = serializers.CharField(allow_null=True)
    ephemeral_key = serializers.CharField(
        allow_null=True, help_text="Only if the request names a version for it."
    )
    publishable_key = serializers.CharField()
    merchant_display_name = serializers.CharField()


class PaymentToConfirmSerializer(serializers.Serializer[Any]):
    """What the client confirms with Stripe's SDK. The secret must not be stored or logged."""

    payment = PaymentSerializer()
    client_secret = serializers.CharField()
    payment_method = serializers.CharField(
        allow_null=True,
        help_text="Stripe's id of the saved method to confirm with; null for a new one.",
    )
    sheet = SheetSerializer(allow_null=True, help_text="Null unless the request asks for it.")


class NewPaymentSerializer(serializers.Serializer[Any]):
    """The item to pay for. The server sets the price."""

    payment_type = serializers.CharField(max_length=64)
    metadata = serializers.DictField(
        required=False, help_text="Identifies the item for the payment type's price resolver."
    )
    amount = serializers.CharField(
        required=False,
        max_length=32,
        help_text="Major unit, as text: the client's choice, or the price that it showed.",
    )
    payment_method = serializers.IntegerField(
        required=False, min_value=1, max_value=10**18, help_text="Id of a saved method."
    )
    sheet = SheetRequestSerializer(required=False)


class ResumeSerializer(serializers.Serializer[Any]):
    payment_method = serializers.IntegerField(
        required=False, min_value=1, max_value=10**18, help_text="Id of a saved method."
    )
    sheet = SheetRequestSerializer(required=False)


class NewSetupSerializer(serializers.Serializer[Any]):
    sheet = SheetRequestSerializer(required=False)


class SetupSerializer(serializers.Serializer[Any]):
    """What the client confirms to save a method without a payment."""

    setup_intent = serializers.CharField()
    client_secret = serializers.CharField()
    sheet = SheetSerializer(allow_null=True, help_text="Null unless the request asks for it.")


class FinishSetupSerializer(serializers.Serializer[Any]):
    setup_intent = serializers.CharField(max_length=255)


class MethodSerializer(serializers.Serializer[PaymentMethod]):
    """A saved payment method."""

    id = serializers.IntegerField()
    type = serializers.CharField()
    label = serializers.CharField()
    brand = serializers.CharField(allow_blank=True)
    last4 = serializers.CharField(allow_blank=True)
    exp_month = serializers.IntegerField(allow_null=True)
    exp_year = serializers.IntegerField(allow_null=True)
    is_default = serializers.BooleanField()
    is_expired = serializers.BooleanField()

    def to_representation(self, instance: PaymentMethod) -> dict[str, Any]:
        return method(instance)


def method(row: PaymentMethod) -> dict[str, Any]:
    """Return what MethodSerializer declares."""
    names = ("type", "label", "brand", "last4", "exp_month", "exp_year", "is_default", "is_expired")
    return {"id": row.pk, **{name: getattr(row, name) for name in names}}


class MethodChangeSerializer(serializers.Serializer[Any]):
    is_default = serializers.BooleanField()

    def validate_is_default(self, value: bool) -> bool:
        if not value:
            raise serializers.ValidationError(_("Make another method the default instead."))
        return value
