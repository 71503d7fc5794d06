"""Quiet hours: local wall times and a zone in, instants out. Pure functions, no database.

A window starts on a local day at `start` and ends at `end`, on the next day if `end` is not after
`start`. The rules of the nights on which clocks change:

- A time that the clocks skip means the first instant after the gap.
- A time that the clocks show twice means the first one for a start, and the second for an end,
  so that the user is not disturbed between the two.
- Windows are half open: at the end itself, it is no longer quiet.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from . import clock
from .conf import settings

logger = logging.getLogger(__name__)

EVERY_DAY = frozenset(range(7))  # as date.weekday(): Monday is 0
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class QuietHours:
    start: time
    end: time
    zone: str
    #: Days on which a window starts.
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("Quiet hours cannot start and end at the same time.")


def release(quiet: QuietHours, now: datetime) -> datetime | None:
    """The instant at which it is no longer quiet; None if it is not quiet now.

    It is in UTC, or naive and in the site's own zone where USE_TZ is off.
    """
    moment = start = clock.as_aware(now).astimezone(UTC)
    # Windows can touch where a gap swallows the time between them, but not more than a week of
    # them: each is shorter than a day and there is at least a minute between the others.
    while (end := _end_of_window_around(quiet, moment)) is not None:
        moment = end
    return None if moment == start else clock.as_stored(moment)


def window(quiet: QuietHours, day: date) -> tuple[datetime, datetime]:
    """The quiet window that starts on a local day, as instants in UTC."""
    zone = zone_of(quiet.zone)
    last_day = day if quiet.start < quiet.end else day + DAY
    start = instant(datetime.combine(day, quiet.start), zone)
    return start, instant(datetime.combine(last_day, quiet.end), zone, last=True)


def instant(wall: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """The instant at which a clock on the wall shows a naive time, in UTC.

    The first of two, or with `last` the second; for a time that is skipped, the end of the gap.
    """
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= second:  # the usual case: the same instant; or the clocks show it twice
        return second if last else first
    return _transition(second, first, zone)


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the new offset, between two instants around one change of clocks."""
    new_offset = after.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle <= before:
            break
        if middle.astimezone(zone).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after


def _end_of_window_around(quiet: QuietHours, moment: datetime) -> datetime | None:
    try:
        today = moment.astimezone(zone_of(quiet.zone)).date()
        days = [today - DAY, today, today + DAY]
    except OverflowError:  # the first and the last day of the calendar
        return None
    ends = []
    for day in days:
        if day.weekday() in quiet.days:
            start, end = window(quiet, day)
            if start <= moment < end:
                ends.append(end)
    return max(ends, default=None)


#: What browsers still call zones by their older names, and what hosts without those call them; and
#: the other way round for hosts that are older than a new name.
ALIASES = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Catamarca": "America/Argentina/Catamarca",
    "America/Coral_Harbour": "America/Atikokan",
    "America/Cordoba": "America/Argentina/Cordoba",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Jujuy": "America/Argentina/Jujuy",
    "America/Louisville": "America/Kentucky/Louisville",
    "America/Mendoza": "America/Argentina/Mendoza",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Macao": "Asia/Macau",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Asia/Ujung_Pandang": "Asia/Makassar",
    "Asia/Ulan_Bator": "Asia/Ulaanbaatar",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
    "US/Alaska": "America/Anchorage",
    "US/Arizona": "America/Phoenix",
    "US/Central": "America/Chicago",
    "US/Eastern": "America/New_York",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
}
OTHER_NAMES = {**{new: old for old, new in ALIASES.items()}, **ALIASES}


def find_zone(key: str) -> ZoneInfo | None:
    """The zone of that name, or of another name of it; None if this host knows neither."""
    for name in filter(None, (key, OTHER_NAMES.get(key))):
        # Unknown, malformed, or a folder of the database.
        with suppress(LookupError, ValueError, OSError):
            return ZoneInfo(name)
    return None


@lru_cache(maxsize=1024)
def _zone(key: str) -> ZoneInfo | None:
    zone = find_zone(key)
    if zone is None:
        logger.warning("The time zone %r is not known here; the site's own is used instead.", key)
    return zone


def zone_of(key: str) -> ZoneInfo:
    """The zone of that name; the site's own for one that is empty or was removed."""
    return (_zone(key) if key else None) or _zone(settings.TIME_ZONE) or ZoneInfo("UTC")
