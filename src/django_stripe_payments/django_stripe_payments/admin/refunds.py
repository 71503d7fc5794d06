"""Refunds to look at, requests to decide about, and the action that gives money back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import money
from ..exceptions import StripePaymentsError
from ..models import Payment, Refund, RefundRequest
from ..refunds import requests as refund_requests
from ..refunds.create import refund_payment
from .base import ReadOnlyAdmin, ReadOnlyInline, change_link
from .confirmation import Confirmation, ask_first


class RefundForm(forms.Form):
    """What is asked before money is given back."""

    amount = forms.DecimalField(label=_("Amount"), required=False)
    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[("", "-"), *Refund.Reason.choices]
    )
    # The refunds' ids come from it: confirming twice gives back once.
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: list[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"token": uuid4()}, **kwargs})
        if len(rows) != 1:
            # One amount for many payments would fit none of them.
            del self.fields["amount"]
            return
        self.fields["amount"].help_text = gettext(
            "In %(currency)s, at most %(most)s. Empty means all of it."
        ) % {
            "currency": rows[0].currency.upper(),
            "most": money.display(rows[0].refundable, rows[0].currency),
        }


class DecisionForm(forms.Form):
    """What is asked before a request is decided."""

    note = forms.CharField(
        label=_("Note for the customer"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )

    def __init__(self, *args: Any, rows: list[RefundRequest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = ["amount", "currency", "status", "reason", "failure_reason", "created_at"]
    ordering = ["created_at"]


@admin.action(description=_("Refund…"), permissions=["refund"])
def refund_payments(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """The action of the list of payments; needs the permission to add refunds."""

    def give_back(payment: Payment, form: forms.Form) -> None:
        data = form.cleaned_data
        refund = refund_payment(
            payment,
            data.get("amount"),
            data["reason"],
            requested_by=request.user,
            key=_refund_id(data["token"], payment),
        )
        if refund.status in Refund.VOID_STATUSES:
            raise StripePaymentsError(gettext("The refund failed: %s") % refund.failure_reason)

    def describe(payment: Payment) -> str:
        left = money.display(payment.refundable, payment.currency)
        return gettext("%(payment)s · %(user)s · %(left)s can be refunded") % {
            "payment": payment,
            "user": payment.user or "-",
            "left": left,
        }

    question = gettext("Give this money back? A refund can't be taken back.")
    asked = Confirmation("refund_payments", question, RefundForm, describe, give_back)
    return ask_first(modeladmin, request, queryset, asked)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["short_id", "payment_link", "amount_shown", "status", "reason", "created_at"]
    list_filter = ["status", "reason", "currency", "created_at"]
    list_select_related = ["payment"]
    search_fields = ["id", "stripe_id", "payment__id", "payment__stripe_id"]
    readonly_fields = ["amount_shown"]

    @admin.display(description=_("refund"), ordering="id")
    def short_id(self, refund: Refund) -> str:
        return str(refund.pk)[:8]

    @admin.display(description=_("payment"))
    def payment_link(self, refund: Refund) -> SafeString | str:
        return change_link(refund.payment)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, refund: Refund) -> str:
        return f"{refund.amount_display} ({refund.currency.upper()})"


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin):
    """Requests of customers; whoever has the permission approves and rejects them."""

    list_display = [
        "short_id",
        "payment_link",
        "amount_shown",
        "requested_by",
        "status",
        "refund_status",
        "created_at",
        "decided_by",
    ]
    list_filter = ["status", "created_at"]
    list_select_related = ["payment", "refund", "requested_by", "decided_by"]
    search_fields = ["id", "payment__id", "payment__stripe_id", "message"]
    readonly_fields = ["amount_shown"]
    actions = ["approve", "reject"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(refund_requests.DECIDE)

    @admin.action(description=_("Approve and refund…"), permissions=["decide"])
    def approve(
        self, request: HttpRequest, queryset: QuerySet[RefundRequest]
    ) -> HttpResponse | None:
        def decide(row: RefundRequest, form: forms.Form) -> None:
            done = refund_requests.approve(row, request.user, form.cleaned_data["note"])
            if done.refund is not None and done.refund.status in Refund.VOID_STATUSES:
                raise StripePaymentsError(
                    gettext("The refund failed: %s") % done.refund.failure_reason
                )

        question = gettext("Approve these requests? The money goes back at once.")
        asked = Confirmation("approve", question, DecisionForm, _request_in_full, decide)
        return ask_first(self, request, queryset, asked)

    @admin.action(description=_("Reject…"), permissions=["decide"])
    def reject(
        self, request: HttpRequest, queryset: QuerySet[RefundRequest]
    ) -> HttpResponse | None:
        def decide(row: RefundRequest, form: forms.Form) -> None:
            refund_requests.reject(row, request.user, form.cleaned_data["note"])

        question = gettext("Reject these requests?")
        asked = Confirmation("reject", question, DecisionForm, _request_in_full, decide)
        return ask_first(self, request, queryset, asked)

    @admin.display(description=_("request"), ordering="id")
    def short_id(self, asked: RefundRequest) -> str:
        return str(asked.pk)[:8]

    @admin.display(description=_("payment"))
    def payment_link(self, asked: RefundRequest) -> SafeString | str:
        return change_link(asked.payment)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, asked: RefundRequest) -> str:
        return f"{asked.amount_display} ({asked.payment.currency.upper()})"

    @admin.display(description=_("refund"))
    def refund_status(self, asked: RefundRequest) -> str:
        return asked.refund.status_label if asked.refund else "-"


def _request_in_full(asked: RefundRequest) -> str:
    """Return what a person reads who decides about the request."""
    about = " · ".join(map(str, [asked.amount_display, asked.requested_by or "-", asked.payment]))
    return f"{about}: {asked.message}" if asked.message else about


def _refund_id(token: UUID, payment: Payment) -> UUID:
    return uuid5(token, str(payment.pk))
