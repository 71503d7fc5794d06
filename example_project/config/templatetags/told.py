"""{% load told %}: what ``config.receivers.params`` kept, in the words of whoever reads it."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts.time_zones import known_zone
from django_stripe_payments import money
from django_stripe_payments.models import Dispute
from venues.bookings import describe_hours

register = template.Library()


@register.filter
def amount(kept: dict[str, Any]) -> str:
    return money.display(kept["minor"], kept["currency"])


@register.filter
def moment(kept: dict[str, Any]) -> str:
    """With its zone: mail is read far from the site."""
    local = localtime(datetime.fromisoformat(kept["at"]), known_zone(kept["zone"]))
    return f"{date_format(local, 'DATETIME_FORMAT')} ({kept['zone']})"


@register.filter
def hours(kept: dict[str, Any]) -> str:
    zone = known_zone(kept["zone"])
    starts, ends = (
        localtime(datetime.fromisoformat(kept[end]), zone) for end in ("starts", "ends")
    )
    return describe_hours(kept["venue"], starts, ends)


@register.filter
def dispute_reason(reason: str) -> str:
    return Dispute(reason=reason).reason_label


@register.filter
def dispute_status(status: str) -> str:
    return Dispute(status=status).status_label
