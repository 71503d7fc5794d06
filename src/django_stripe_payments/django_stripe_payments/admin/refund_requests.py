"""Customers' refund requests, which staff approve or reject."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..exceptions import StripePaymentsError
from ..models import Refund, RefundRequest
from ..refunds import requests as refund_requests
from . import search
from .base import ReadOnlyAdmin, change_link
from .buttons import Button
from .columns import badge, person
from .confirmation import Confirmation, ask_first


class DecisionForm(forms.Form):
    """The note to the customer with a decision."""

    note = forms.CharField(
        label=_("Note to the customer"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )

    def __init__(self, *args: Any, rows: list[RefundRequest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin):
    """Customers' refund requests, with actions for staff with the permission to decide."""

    list_display = [
        "short_id",
        "payment_link",
        "amount_shown",
        "person",
        "state",
        "refund_status",
        "created_at",
        "decided_by",
    ]
    list_filter = ["status", "created_at"]
    list_select_related = ["payment", "refund", "requested_by", "decided_by"]
    date_hierarchy = "created_at"
    search_fields = ["id", "message", "decision_note"]
    searched = [search.payment_fields, lambda: search.person_fields("requested_by__")]
    exclude = ["amount"]
    readonly_fields = ["amount_shown"]
    actions = ["approve", "reject"]
    buttons = [
        Button("approve", _("Approve and refund…"), lambda request: _waits(request)),
        Button("reject", _("Reject…"), lambda request: _waits(request)),
    ]

    @admin.display(description=_("requested by"), ordering="requested_by")
    def person(self, refund_request: RefundRequest) -> SafeString | str:
        return person(refund_request.requested_by)

    @admin.display(description=_("status"), ordering="status")
    def state(self, refund_request: RefundRequest) -> SafeString:
        return badge(refund_request.status, capfirst(refund_request.get_status_display()))

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(refund_requests.DECIDE)

    @admin.action(description=_("Approve and refund selected requests…"), permissions=["decide"])
    def approve(
        self, request: HttpRequest, queryset: QuerySet[RefundRequest]
    ) -> HttpResponse | None:
        def decide(row: RefundRequest, form: forms.Form) -> None:
            approved = refund_requests.approve(row, request.user, form.cleaned_data["note"])
            if approved.refund is not None and approved.refund.status in Refund.VOID_STATUSES:
                raise StripePaymentsError(
                    gettext("The refund failed: %s") % approved.refund.failure_reason
                )

        question = gettext("Approve these requests? They are refunded immediately.")
        confirmation = Confirmation("approve", question, DecisionForm, _request_in_full, decide)
        return ask_first(self, request, queryset, confirmation)

    @admin.action(description=_("Reject selected requests…"), permissions=["decide"])
    def reject(
        self, request: HttpRequest, queryset: QuerySet[RefundRequest]
    ) -> HttpResponse | None:
        def decide(row: RefundRequest, form: forms.Form) -> None:
            refund_requests.reject(row, request.user, form.cleaned_data["note"])

        question = gettext("Reject these requests?")
        confirmation = Confirmation("reject", question, DecisionForm, _request_in_full, decide)
        return ask_first(self, request, queryset, confirmation)

    @admin.display(description=_("request"), ordering="id")
    def short_id(self, refund_request: RefundRequest) -> str:
        return str(refund_request.pk)[:8]

    @admin.display(description=_("payment"))
    def payment_link(self, refund_request: RefundRequest) -> SafeString | str:
        return change_link(refund_request.payment)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_shown(self, refund_request: RefundRequest) -> str:
        return f"{refund_request.amount_display} ({refund_request.payment.currency.upper()})"

    @admin.display(description=_("refund"))
    def refund_status(self, refund_request: RefundRequest) -> str:
        return refund_request.refund.status_label if refund_request.refund else "-"


def _waits(refund_request: RefundRequest) -> bool:
    return refund_request.status == RefundRequest.Status.PENDING


def _request_in_full(refund_request: RefundRequest) -> str:
    """Return amount, requester, payment and message on one line."""
    summary = " · ".join(
        map(
            str,
            [
                refund_request.amount_display,
                refund_request.requested_by or "-",
                refund_request.payment,
            ],
        )
    )
    return f"{summary}: {refund_request.message}" if refund_request.message else summary
