"""Columns and cells that several lists and pages share."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..models import Payment
from ..payments import shown_status

#: Shown status → what it means for staff who work through a list.
TONES = {
    "succeeded": "success",
    "won": "success",
    "paid": "success",
    "approved": "success",
    shown_status.DISPUTED: "problem",
    "failed": "problem",
    "lost": "problem",
    "rejected": "problem",
    "needs_response": "problem",
    "warning_needs_response": "problem",
    "appeal_needs_response": "problem",
    "canceled": "neutral",
    shown_status.REFUNDED: "neutral",
    shown_status.PARTLY_REFUNDED: "neutral",
    Payment.Status.REQUIRES_PAYMENT_METHOD: "neutral",
    Payment.Status.REQUIRES_CONFIRMATION: "neutral",
}


def badge(status: str, label: Any) -> SafeString:
    """Return a status in words, colored by what it means."""
    tone = TONES.get(status, "pending")
    return format_html('<span class="dsp-state dsp-state-{}">{}</span>', tone, label)


def payment_badge(payment: Payment) -> SafeString:
    """Return a payment's status, with refunds and disputes."""
    return badge(shown_status.of(payment), shown_status.label(payment))


def person(user: Any) -> SafeString | str:
    """Return a user's name, with the e-mail address where that is something else."""
    if user is None:
        return "-"
    address = getattr(user, user.get_email_field_name(), "")
    name = str(user)
    if not address or address == name:
        return name
    return format_html('{}<br><span class="dsp-quiet">{}</span>', name, address)
