"""Actions of staff that ask first: cancel and review payments, and run receivers again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..facts.announce import replay
from ..models import Payment, ReceiverDelivery
from ..payments.cancel import cancel_payment
from ..payments.review import mark_reviewed
from .confirmation import Confirmation, ask_first


class NothingToAsk(forms.Form):
    """A confirmation without questions."""

    def __init__(self, *args: Any, rows: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@admin.action(description=_("Cancel…"), permissions=["cancel"])
def cancel_payments(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """The action of the list of payments; needs the permission to cancel payments."""

    def cancel(payment: Payment, _form: forms.Form) -> None:
        cancel_payment(payment, "requested_by_customer")

    question = gettext("Cancel these payments? They can't be paid any more.")
    asked = Confirmation("cancel_payments", question, NothingToAsk, str, cancel)
    return ask_first(modeladmin, request, queryset, asked)


@admin.action(description=_("Mark as reviewed…"), permissions=["review"])
def review_payments(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """The action of the list of payments; needs the permission to review payments."""

    def describe(payment: Payment) -> str:
        return f"{payment}: {payment.review_reason or gettext('nothing to be reviewed')}"

    def review(payment: Payment, _form: forms.Form) -> None:
        mark_reviewed(payment)

    question = gettext("Mark these payments as reviewed? The audit log names you.")
    asked = Confirmation("review_payments", question, NothingToAsk, describe, review)
    return ask_first(modeladmin, request, queryset, asked)


@admin.action(description=_("Run these receivers again…"), permissions=["replay"])
def replay_deliveries(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """The action of the list of deliveries; needs the permission to replay them."""

    def run_again(delivery: ReceiverDelivery, _form: forms.Form) -> None:
        replay(delivery)

    question = gettext(
        "Run exactly these receivers again, those that ran before included? What they did "
        "outside the database, such as an e-mail, they do again."
    )
    asked = Confirmation("replay_deliveries", question, NothingToAsk, str, run_again)
    return ask_first(modeladmin, request, queryset.select_related("fact"), asked)
