from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import Charge, Fact, Payment
from ..payment_types import label_of
from .actions import cancel_payments, review_payments
from .base import ReadOnlyAdmin, ReadOnlyInline, pretty_json
from .refunds import RefundInline, refund_payments


class ChargeInline(ReadOnlyInline):
    model = Charge
    show_change_link = False
    fields = ["created", "amount_display", "status", "method_label", "decline_code", "risk_level"]
    ordering = ["created", "pk"]


class FactInline(ReadOnlyInline):
    model = Fact
    fields = ["kind", "created_at", "overtaken", "announced_at", "event"]
    ordering = ["id"]


class ReviewFilter(admin.SimpleListFilter):
    """Payments that a fraud rule flagged for review."""

    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Needs review"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(review_reason="") if self.value() == "yes" else queryset


class TypeFilter(admin.AllValuesFieldListFilter):
    """Payment types by their labels."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        every, *types = super().choices(changelist)
        yield every
        for choice in types:
            yield {**choice, "display": label_of(str(choice["display"]))}


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = [
        "short_id",
        "user",
        "amount_shown",
        "paid_with",
        "status",
        "type_shown",
        "created_at",
    ]
    list_filter = [
        "status",
        ReviewFilter,
        ("payment_type", TypeFilter),
        "currency",
        "livemode",
        "created_at",
    ]
    list_select_related = ["user"]
    search_fields = [
        "id",
        "stripe_id",
        "charge_id",
        "description",
        "customer__email",
        "charges__last4",
    ]
    inlines = [ChargeInline, RefundInline, FactInline]
    actions = [refund_payments, cancel_payments, review_payments]
    exclude = ["metadata", "settlement_fee", "settlement_net"]
    readonly_fields = ["amount_shown", "paid_with", "settlement_shown", "metadata_shown"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("user", "customer")
        return rows.prefetch_related("charges")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.cancel_payment")

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.review_payment")

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.add_refund")

    @admin.display(description=_("payment"), ordering="id")
    def short_id(self, payment: Payment) -> str:
        return str(payment.pk)[:8]

    @admin.display(description=_("payment type"), ordering="payment_type")
    def type_shown(self, payment: Payment) -> str:
        return payment.type_label

    @admin.display(description=_("paid with"))
    def paid_with(self, payment: Payment) -> str:
        return payment.paid_with or "-"

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        return f"{payment.amount_display} ({payment.currency.upper()})"

    @admin.display(description=_("settled: fee, net"))
    def settlement_shown(self, payment: Payment) -> str:
        parts = (payment.settlement_fee_display, payment.settlement_net_display)
        return ", ".join(part for part in parts if part) or "-"

    @admin.display(description=_("metadata"))
    def metadata_shown(self, payment: Payment) -> SafeString:
        return pretty_json(payment.metadata)
