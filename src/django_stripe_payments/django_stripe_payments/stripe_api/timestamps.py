"""Convert Stripe's timestamps, in seconds since 1970, to the datetimes that this site stores."""

from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone


def from_timestamp(seconds: float) -> datetime:
    """Return an aware datetime in UTC, or a naive local one if USE_TZ is off."""
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return moment if settings.USE_TZ else timezone.make_naive(moment)
