"""Refunds, and the action that refunds payments."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import money
from ..exceptions import StripePaymentsError
from ..maintenance import closing
from ..models import Payment, Refund
from ..refunds.create import refund_payment
from . import search
from .base import change_link
from .buttons import Button
from .closing import ClosableAdmin
from .columns import badge, person
from .confirmation import Confirmation, ask_first
from .export import ExportAdmin


class RefundForm(forms.Form):
    """Amount and reason of a refund."""

    amount = forms.DecimalField(label=_("Amount"), required=False)
    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[("", "-"), *Refund.Reason.choices]
    )
    # The refunds' ids are derived from it, so that a second confirmation refunds nothing more.
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: list[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"token": uuid4()}, **kwargs})
        if len(rows) != 1:
            # One amount makes no sense for several payments.
            del self.fields["amount"]
            return
        self.fields["amount"].help_text = gettext(
            "In %(currency)s, up to %(maximum)s. Leave empty for all of it."
        ) % {
            "currency": rows[0].currency.upper(),
            "maximum": money.display(rows[0].refundable, rows[0].currency),
        }


@admin.action(description=_("Refund selected payments…"), permissions=["refund"])
def refund_payments(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Refund the selected payments. Requires the permission to add refunds."""

    def refund(payment: Payment, form: forms.Form) -> None:
        data = form.cleaned_data
        made = refund_payment(
            payment,
            data.get("amount"),
            data["reason"],
            requested_by=request.user,
            key=_refund_id(data["token"], payment),
        )
        if made.status in Refund.VOID_STATUSES:
            raise StripePaymentsError(gettext("The refund failed: %s") % made.failure_reason)

    def describe(payment: Payment) -> str:
        return gettext("%(payment)s · %(user)s · %(amount)s refundable") % {
            "payment": payment,
            "user": payment.user or "-",
            "amount": money.display(payment.refundable, payment.currency),
        }

    question = gettext("Refund these payments? Refunds can't be undone.")
    confirmation = Confirmation("refund_payments", question, RefundForm, describe, refund)
    return ask_first(modeladmin, request, queryset, confirmation)


@admin.register(Refund)
class RefundAdmin(ExportAdmin, ClosableAdmin):
    close = closing.close_refund
    consequence = _("Refunds without an answer count as failed, and their amounts are free again.")
    list_display = ["short_id", "payment_link", "person", "amount_shown", "state", "reason_shown"]
    list_display += ["created_at"]
    list_filter = ["status", "reason", "currency", "created_at"]
    list_select_related = ["payment__user"]
    date_hierarchy = "created_at"
    search_fields = ["id", "stripe_id"]
    searched = [search.payment_fields]
    buttons = [Button("close_rows", _("Close by hand…"), lambda refund: _is_unanswered(refund))]
    totals = ["amount"]
    export_columns = (
        (_("Created"), lambda refund: refund.created_at.isoformat(" ", "seconds")),
        (_("Payment"), lambda refund: refund.payment.description),
        (_("User"), lambda refund: refund.payment.user),
        (_("Currency"), lambda refund: refund.currency.upper()),
        (_("Amount"), lambda refund: refund.amount_decimal),
        (_("Status"), lambda refund: refund.status_label),
        (_("Reason"), lambda refund: refund.reason_label),
        (_("Stripe ID"), lambda refund: refund.stripe_id),
        (_("Payment intent"), lambda refund: refund.payment.stripe_id),
    )

    @admin.display(description=_("user"), ordering="payment__user")
    def person(self, refund: Refund) -> SafeString | str:
        return person(refund.payment.user)

    @admin.display(description=_("status"), ordering="status")
    def state(self, refund: Refund) -> SafeString:
        return badge(refund.status, capfirst(refund.status_label))

    @admin.display(description=_("reason"), ordering="reason")
    def reason_shown(self, refund: Refund) -> str:
        return capfirst(refund.reason_label) or "-"

    @admin.display(description=_("refund"), ordering="id")
    def short_id(self, refund: Refund) -> str:
        return str(refund.pk)[:8]

    @admin.display(description=_("payment"))
    def payment_link(self, refund: Refund) -> SafeString | str:
        return change_link(refund.payment)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, refund: Refund) -> str:
        return f"{refund.amount_display} ({refund.currency.upper()})"


def _is_unanswered(refund: Refund) -> bool:
    """Whether Stripe has not answered yet, so that it can be closed by hand."""
    return refund.stripe_id is None and refund.status == Refund.Status.PENDING


def _refund_id(token: UUID, payment: Payment) -> UUID:
    return uuid5(token, str(payment.pk))
