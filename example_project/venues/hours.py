"""The hours of a venue: which there are on a day, and which are free."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format

from django_stripe_payments import clock

from .models import BookedHour, Booking, Venue

#: Cards release a reservation after seven days, so that a later hour could not be captured.
#: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
DAYS_AHEAD = 6

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour on the wall clock of its venue; ``starts_at`` is aware."""

    starts_at: datetime
    is_over: bool
    is_taken: bool

    @property
    def is_free(self) -> bool:
        return not (self.is_over or self.is_taken)

    @property
    def label(self) -> str:
        return date_format(self.starts_at, "TIME_FORMAT")

    @property
    def value(self) -> str:
        """What a form sends for it."""
        return self.starts_at.isoformat()


def today(venue: Venue) -> date:
    return timezone.localdate(clock.now(), venue.zone)


def days(venue: Venue) -> list[date]:
    """Return the days that can be booked, by the venue's calendar."""
    first = today(venue)
    return [first + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]


def of_day(venue: Venue, day: date) -> list[Hour]:
    """Return every hour of a day, free or not."""
    starts = openings(venue, day)
    if not starts:
        return []
    booked = BookedHour.objects.filter(
        venue=venue, starts_at__gte=starts[0], starts_at__lte=starts[-1]
    )
    # Who wants an hour that nobody paid for in time gets it.
    taken = set(booked.exclude(booking__in=Booking.lapsed()).values_list("starts_at", flat=True))
    now = clock.now()
    return [Hour(start, is_over=start <= now, is_taken=start in taken) for start in starts]


def openings(venue: Venue, day: date) -> list[datetime]:
    """Return the instants at which an hour of the day begins, in the venue's zone.

    Where clocks go forward a wall hour is missing, and is not offered.
    """
    first = datetime.combine(day, time(venue.opens), venue.zone).astimezone(UTC)
    midnight = datetime.combine(day, time(), venue.zone)
    last = midnight + timedelta(days=1) if venue.closes == 24 else None
    closes = last or datetime.combine(day, time(venue.closes), venue.zone)
    count = (closes.astimezone(UTC) - first) // HOUR
    return [(first + number * HOUR).astimezone(venue.zone) for number in range(count)]
