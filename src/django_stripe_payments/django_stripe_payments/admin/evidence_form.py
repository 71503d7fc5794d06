"""The form for a dispute's evidence, with what this site knows already."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..disputes import evidence, evidence_fields
from ..models import Dispute


class EvidenceForm(forms.Form):
    """Stripe's evidence fields. Saving replaces the draft; an empty field is dropped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in evidence.TEXTS:
            self.fields[name] = forms.CharField(
                label=evidence_fields.TEXTS[name],
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for name in evidence.FILES:
            self.fields[name] = forms.FileField(
                label=evidence_fields.FILES[name],
                required=False,
                widget=forms.FileInput(attrs={"accept": ",".join(evidence.FILE_TYPES)}),
            )

    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in evidence.TEXTS}

    def uploads(self) -> list[tuple[str, Any]]:
        uploads = ((name, self.cleaned_data.get(name)) for name in evidence.FILES)
        return [(name, file) for name, file in uploads if file]


def known(dispute: Dispute) -> dict[str, str]:
    """Return the fields that the payment and its customer fill; empty without a payment."""
    payment = dispute.payment
    if payment is None:
        return {}
    user, customer = payment.user, payment.customer
    address = getattr(user, user.get_email_field_name(), "") if user is not None else ""
    name = user.get_full_name() if user is not None else ""
    values = {
        "customer_email_address": (customer.email if customer is not None else "") or address,
        "customer_name": (customer.name if customer is not None else "") or name,
        "product_description": payment.description,
        "uncategorized_text": _sentence(dispute),
    }
    return {field: value for field, value in values.items() if value}


def _sentence(dispute: Dispute) -> str:
    payment = dispute.payment
    if payment is None or payment.succeeded_at is None:
        return ""
    text = _("Payment %(reference)s of %(amount)s, paid on %(day)s with %(card)s.")
    return text % {
        "reference": payment.pk,
        "amount": payment.amount_display,
        "day": date_format(payment.succeeded_at, "DATE_FORMAT"),
        "card": payment.paid_with or payment.charge_id,
    }


def filled(dispute: Dispute) -> list[tuple[str, str]]:
    """Return label and value of each text and file that would be submitted."""
    texts = [(evidence_fields.label(name), text) for name, text in dispute.evidence.items()]
    files = [(evidence_fields.label(each.purpose), each.name) for each in dispute.files.all()]
    return [*((label, value) for label, value in texts if value), *files]
