"""Payments: the list with what it shows, exports and sums, and the page with the whole story."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .. import money
from ..models import Payment, ReceiverDelivery
from ..payment_types import label_of
from ..payments import shown_status, timeline
from . import search, story
from .actions import cancel_payments, capture_payments, review_payments
from .base import ReadOnlyAdmin, change_link, pretty_json
from .buttons import Button
from .columns import payment_badge, person
from .export import ExportAdmin
from .payment_fields import EXPORT, charge_of, fieldsets
from .refunds import refund_payments

Status = Payment.Status


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


class ShownStatusFilter(admin.SimpleListFilter):
    """Payments by the status that the list shows, with refunds and disputes."""

    title = _("status")
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return shown_status.choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(shown_status.matching(value)) if value else queryset


@admin.register(Payment)
class PaymentAdmin(ExportAdmin, ReadOnlyAdmin):
    list_display = [
        "description_shown",
        "person",
        "amount_shown",
        "refunded_shown",
        "state",
        "paid_with",
        "type_shown",
        "created_at",
    ]
    list_filter = [
        ShownStatusFilter,
        ReviewFilter,
        ("payment_type", TypeFilter),
        "currency",
        "livemode",
        "created_at",
    ]
    list_select_related = ["user"]
    date_hierarchy = "created_at"
    searched = [lambda: search.payment_fields("")]
    search_help_text = _(
        "Name or e-mail address, last four digits of the card, description, or an ID."
    )
    actions = [refund_payments, capture_payments, cancel_payments, review_payments]
    buttons = [
        Button("refund_payments", _("Refund…"), lambda payment: payment.refundable > 0),
        Button(
            "capture_payments",
            _("Capture…"),
            lambda payment: payment.status == Status.REQUIRES_CAPTURE,
        ),
        Button("cancel_payments", _("Cancel payment…"), lambda payment: _is_cancelable(payment)),
        Button(
            "review_payments", _("Mark as reviewed…"), lambda payment: bool(payment.review_reason)
        ),
    ]
    export_columns = EXPORT
    totals = ["amount", "amount_received", "amount_refunded", "amount_disputed"]
    # In fieldsets or tables in another form, or of no use to staff.
    hidden = ("settlement_currency", "settlement_fee", "settlement_net", "metadata")
    readonly_fields = ["state", "person", "customer_link", "paid_with", "wallet", "country"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("user", "customer")
        return rows.prefetch_related("charges")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        more = ["refundable", "net", "settlement_shown", "metadata_shown", "description_shown"]
        return [*super().get_readonly_fields(request, obj), *more]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return fieldsets(self.hidden)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        payment = kwargs.get("obj")
        if payment is not None:
            again = self._run_again(request)
            context["tables"] = story.of_payment(payment, self.audit_entries(payment), again)
        return super().render_change_form(request, context, *args, **kwargs)

    def audit_condition(self, row: Payment) -> Q:
        return timeline.about(row)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.cancel_payment")

    def has_capture_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.capture_payment")

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.review_payment")

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.add_refund")

    def _run_again(self, request: HttpRequest) -> Any:
        """Return what gives the address at which a delivery is run again; "" if it may not be."""
        deliveries: Any = self.admin_site.get_model_admin(ReceiverDelivery)
        may_replay = request.user.has_perm("django_stripe_payments.replay_receiverdelivery")
        if not (may_replay and deliveries.has_view_permission(request)):
            return lambda _delivery: ""
        return lambda delivery: deliveries.button_url(delivery, "replay_deliveries")

    @admin.display(description=_("payment"), ordering="description")
    def description_shown(self, payment: Payment) -> str:
        return payment.description or payment.type_label or str(payment.pk)[:8]

    @admin.display(description=_("user"), ordering="user")
    def person(self, payment: Payment) -> SafeString | str:
        return person(payment.user)

    @admin.display(description=_("status"), ordering="status")
    def state(self, payment: Payment) -> SafeString:
        return payment_badge(payment)

    @admin.display(description=_("payment type"), ordering="payment_type")
    def type_shown(self, payment: Payment) -> str:
        return payment.type_label

    @admin.display(description=_("paid with"))
    def paid_with(self, payment: Payment) -> str:
        return payment.paid_with or "-"

    @admin.display(description=_("wallet"))
    def wallet(self, payment: Payment) -> str:
        return charge_of(payment).wallet.replace("_", " ").title() or "-"

    @admin.display(description=_("country of the card"))
    def country(self, payment: Payment) -> str:
        return charge_of(payment).country or "-"

    @admin.display(description=_("customer"))
    def customer_link(self, payment: Payment) -> SafeString | str:
        return change_link(payment.customer)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, payment: Payment) -> str:
        return payment.amount_display

    @admin.display(description=_("refunded"), ordering="amount_refunded")
    def refunded_shown(self, payment: Payment) -> str:
        refunded = payment.amount_refunded
        return money.display(refunded, payment.currency) if refunded else "-"

    @admin.display(description=_("refundable"))
    def refundable(self, payment: Payment) -> str:
        return money.display(payment.refundable, payment.currency)

    @admin.display(description=_("net"))
    def net(self, payment: Payment) -> str:
        return money.display(payment.net, payment.currency)

    @admin.display(description=_("settled: fee, net"))
    def settlement_shown(self, payment: Payment) -> str:
        parts = (payment.settlement_fee_display, payment.settlement_net_display)
        return ", ".join(part for part in parts if part) or "-"

    @admin.display(description=_("metadata"))
    def metadata_shown(self, payment: Payment) -> SafeString:
        return pretty_json(payment.metadata)


def _is_cancelable(payment: Payment) -> bool:
    return not payment.is_final and payment.status != Status.PROCESSING
