"""What notifications keep of money, moments and hours, so that each reader's words are made of it.

The filters of ``{% load told %}`` turn it into text.
"""

from datetime import datetime
from typing import Any

from django.utils import translation

from accounts.models import User
from venues.models import Booking

Params = dict[str, Any]


def amount_of(minor: int, currency: str) -> Params:
    return {"minor": minor, "currency": currency}


def moment_of(moment: datetime, reader: User) -> Params:
    """The moment, to be told by the reader's own clock; nobody else's is known here."""
    return {"at": moment.isoformat(), "zone": reader.time_zone}


def hours_of(booking: Booking) -> Params:
    """The hours, to be told by the venue's clock."""
    return {
        "venue": booking.venue.name,
        "starts": booking.starts_at.isoformat(),
        "ends": booking.ends_at.isoformat(),
        "zone": booking.venue.time_zone,
    }


def untranslated(refusal: Exception) -> str:
    """The reason as it stands in the source, for ``{% translate reason %}``."""
    with translation.override("en"):
        return str(refusal)
