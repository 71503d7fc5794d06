"""Admin actions with a confirmation: cancel or review payments, run receivers again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import money
from ..facts.announce import replay
from ..models import Payment, ReceiverDelivery
from ..payments.cancel import cancel_payment
from ..payments.capture import capture_payment
from ..payments.review import mark_reviewed
from .confirmation import Confirmation, ask_first
from .story import fact_title


class EmptyForm(forms.Form):
    """A confirmation without further fields."""

    def __init__(self, *args: Any, rows: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


@admin.action(description=_("Cancel selected payments…"), permissions=["cancel"])
def cancel_payments(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Cancel the selected payments. Requires the permission to cancel payments."""

    def cancel(payment: Payment, _form: forms.Form) -> None:
        cancel_payment(payment, "requested_by_customer")

    question = gettext("Cancel these payments? They can't be paid afterward.")
    confirmation = Confirmation("cancel_payments", question, EmptyForm, str, cancel)
    return ask_first(modeladmin, request, queryset, confirmation)


class CaptureForm(forms.Form):
    """How much of a reserved amount to capture."""

    amount = forms.DecimalField(label=_("Amount"), required=False, widget=forms.TextInput)

    def __init__(self, *args: Any, rows: list[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(rows) != 1:
            # One amount makes no sense for several payments.
            del self.fields["amount"]
            return
        self.fields["amount"].help_text = gettext(
            "In %(currency)s, up to %(maximum)s. Leave empty for all of it; the rest is released."
        ) % {
            "currency": rows[0].currency.upper(),
            "maximum": money.display(rows[0].amount_capturable, rows[0].currency),
        }


@admin.action(description=_("Capture selected payments…"), permissions=["capture"])
def capture_payments(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Capture the reserved amounts. Requires the permission to capture payments."""

    def capture(payment: Payment, form: forms.Form) -> None:
        capture_payment(payment, form.cleaned_data.get("amount"))

    def describe(payment: Payment) -> str:
        reserved = money.display(payment.amount_capturable, payment.currency)
        return gettext("%(payment)s: %(amount)s reserved") % {
            "payment": payment,
            "amount": reserved,
        }

    question = gettext("Capture these payments? The customers are charged.")
    confirmation = Confirmation("capture_payments", question, CaptureForm, describe, capture)
    return ask_first(modeladmin, request, queryset, confirmation)


@admin.action(description=_("Mark selected payments as reviewed…"), permissions=["review"])
def review_payments(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Mark the selected payments as reviewed. Requires the permission to review payments."""

    def describe(payment: Payment) -> str:
        reason = payment.review_reason or gettext("nothing to review")
        return f"{payment}: {reason}"

    def review(payment: Payment, _form: forms.Form) -> None:
        mark_reviewed(payment)

    question = gettext("Mark these payments as reviewed? The audit log records your name.")
    confirmation = Confirmation("review_payments", question, EmptyForm, describe, review)
    return ask_first(modeladmin, request, queryset, confirmation)


@admin.action(description=_("Run selected receivers again…"), permissions=["replay"])
def replay_deliveries(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Run the selected receivers again. Requires the permission to replay deliveries."""

    def describe(delivery: ReceiverDelivery) -> str:
        about = delivery.fact.payment or delivery.fact
        return f"{delivery.receiver}: {fact_title(delivery.fact)} ({about})"

    def run_again(delivery: ReceiverDelivery, _form: forms.Form) -> None:
        replay(delivery)

    question = gettext(
        "Run these receivers again, including those that already ran? Anything they do outside "
        "the database, such as sending e-mail, happens again."
    )
    confirmation = Confirmation("replay_deliveries", question, EmptyForm, describe, run_again)
    rows = queryset.select_related("fact__payment")
    return ask_first(modeladmin, request, rows, confirmation)
