"""What the admin shows of a payment: the groups of its page, and the columns of its export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import money
from ..models import Charge, Payment
from ..payments import shown_status
from .base import amounts_of
from .export import Column


def _major(field: str) -> Any:
    return lambda payment: money.to_decimal(getattr(payment, field), payment.currency)


EXPORT: Sequence[Column] = (
    (_("Created"), lambda payment: payment.created_at.isoformat(" ", "seconds")),
    (_("Description"), lambda payment: payment.description),
    (_("Type"), lambda payment: payment.payment_type),
    (_("User"), lambda payment: payment.user),
    (_("E-mail"), lambda payment: _address(payment)),
    (_("Paid with"), lambda payment: payment.paid_with),
    (_("Status"), shown_status.label),
    (_("Currency"), lambda payment: payment.currency.upper()),
    (_("Amount"), _major("amount")),
    (_("Amount received"), _major("amount_received")),
    (_("Refunded"), _major("amount_refunded")),
    (_("Disputed"), _major("amount_disputed")),
    (_("Payment intent"), lambda payment: payment.stripe_id),
    (_("Reference"), lambda payment: payment.pk),
)


SUMS = ("amount", "amount_received", "amount_refunded", "amount_disputed")

#: Rows of fields; those in brackets stand beside each other.
SUMMARY: Sequence[str | tuple[str, ...]] = (
    ("state", "description", "payment_type"),
    ("person", "customer_link", "review_reason"),
    ("created_at", "succeeded_at", "canceled_at"),
)
CARD: Sequence[str | tuple[str, ...]] = (
    ("paid_with", "wallet", "country"),
    ("payment_method", "three_d_secure", "off_session"),
)
AT_STRIPE: Sequence[str | tuple[str, ...]] = (
    ("stripe_id", "charge_id"),
    ("failure_code", "failure_message"),
    ("livemode", "account"),
)


def fieldsets(hidden: Sequence[str]) -> list[tuple[Any, dict[str, Any]]]:
    """Return the groups of a payment's fields. Fields that no group names go to the last one."""
    amounts = amounts_of(Payment)
    sums = [amounts[name] for name in SUMS]
    fees = (amounts["stripe_fee"], amounts["platform_fee"], "fee_is_final", "settlement_shown")
    named = {*_flat(SUMMARY), *_flat(CARD), *_flat(AT_STRIPE), *amounts, *hidden}
    rest = [
        field.name
        for field in Payment._meta.fields
        if field.name not in named | {"user", "customer", "fee_is_final"}
        and (field.editable or field.primary_key)
    ]
    return [
        (None, {"fields": SUMMARY}),
        (_("Money"), {"fields": [tuple(sums), ("refundable", "net"), fees]}),
        (_("Card"), {"fields": CARD}),
        (_("At Stripe"), {"fields": AT_STRIPE}),
        (_("More"), {"fields": [*rest, "metadata_shown"], "classes": ["collapse"]}),
    ]


def _flat(rows: Sequence[str | tuple[str, ...]]) -> list[str]:
    return [name for row in rows for name in ((row,) if isinstance(row, str) else row)]


def charge_of(payment: Payment) -> Charge:
    """Return the charge that took the money; an empty one without it."""
    charges = (each for each in payment.charges.all() if each.stripe_id == payment.charge_id)
    return next(charges, None) or Charge()


def _address(payment: Payment) -> str:
    user = payment.user
    if user is None:
        return payment.customer.email if payment.customer else ""
    return str(getattr(user, user.get_email_field_name(), ""))
