"""Quiet hours are right on every clock in the world."""

import sys
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_inapp_notifications.quiet_hours import (
    QuietHours,
    find_zone,
    instant,
    release,
    window,
    zone_of,
)

NEW_YORK = "America/New_York"
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
MINUTE = timedelta(minutes=1)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def quiet(hours, zone=NEW_YORK, **options):
    start, end = (time.fromisoformat(part) for part in hours.split("-"))
    return QuietHours(start, end, zone, **options)


@pytest.mark.parametrize(
    ("hours", "zone", "day", "start", "end"),
    [
        # The night in which an hour is skipped is short, the one in which it comes twice is long.
        ("22:00-07:00", NEW_YORK, "2026-03-07", "2026-03-08T03:00", "2026-03-08T11:00"),
        ("22:00-07:00", NEW_YORK, "2026-10-31", "2026-11-01T02:00", "2026-11-01T12:00"),
        # An end that is skipped; a start that is skipped.
        ("23:00-02:30", NEW_YORK, "2026-03-07", "2026-03-08T04:00", "2026-03-08T07:00"),
        ("02:30-05:00", NEW_YORK, "2026-03-08", "2026-03-08T07:00", "2026-03-08T09:00"),
        # An end that comes twice is the second; a start is the first.
        ("23:00-01:30", NEW_YORK, "2026-10-31", "2026-11-01T03:00", "2026-11-01T06:30"),
        ("01:30-05:00", NEW_YORK, "2026-11-01", "2026-11-01T05:30", "2026-11-01T10:00"),
        # Zones in which midnight itself is skipped.
        ("22:00-00:00", "America/Santiago", "2026-09-05", "2026-09-06T02:00", "2026-09-06T04:00"),
        ("00:00-06:00", "America/Santiago", "2026-09-06", "2026-09-06T04:00", "2026-09-06T09:00"),
        ("00:00-06:00", "Africa/Cairo", "2026-04-24", "2026-04-23T22:00", "2026-04-24T03:00"),
        ("00:00-06:00", "Asia/Beirut", "2026-03-29", "2026-03-28T22:00", "2026-03-29T03:00"),
        # A shift of half an hour; Ramadan; odd and large offsets.
        ("22:00-02:15", "Australia/Lord_Howe", "2026-10-03", "2026-10-03T11:30", "2026-10-03T15:30"),  # noqa: E501
        ("22:00-02:30", "Africa/Casablanca", "2026-02-14", "2026-02-14T21:00", "2026-02-15T02:30"),
        ("22:00-07:00", "Asia/Kathmandu", "2026-05-01", "2026-05-01T16:15", "2026-05-02T01:15"),
        ("22:00-07:00", "Pacific/Kiritimati", "2026-05-01", "2026-05-01T08:00", "2026-05-01T17:00"),
    ],
)  # fmt: skip
def test_windows_match_the_known_nights_to_the_second(hours, zone, day, start, end):
    assert window(quiet(hours, zone), date.fromisoformat(day)) == (utc(start), utc(end))


def test_an_overlap_is_never_loud_in_between():
    """The wall shows 01:30 twice; comparing wall clocks would be quiet, loud, and quiet again."""
    hours = quiet("23:00-01:30")
    minutes = [utc("2026-11-01T03:00") + n * MINUTE for n in range(3 * 60 + 60)]
    loud = [moment for moment in minutes if release(hours, moment) is None]
    assert loud == [moment for moment in minutes if moment >= utc("2026-11-01T06:30")]


def test_the_window_is_half_open():
    hours = quiet("22:00-07:00", "UTC")
    assert release(hours, utc("2026-05-01T21:59:59")) is None
    assert release(hours, utc("2026-05-01T22:00")) == utc("2026-05-02T07:00")
    assert release(hours, utc("2026-05-02T06:59:59")) == utc("2026-05-02T07:00")
    assert release(hours, utc("2026-05-02T07:00")) is None


def test_the_day_is_the_one_on_which_the_window_starts():
    friday_nights = quiet("22:00-07:00", "UTC", days=frozenset({4}))
    assert release(friday_nights, utc("2026-05-01T23:00")) == utc("2026-05-02T07:00")
    assert release(friday_nights, utc("2026-05-02T06:00")) == utc("2026-05-02T07:00")
    assert release(friday_nights, utc("2026-05-02T23:00")) is None


def test_the_same_start_and_end_is_refused():
    with pytest.raises(ValueError, match="at the same time"):
        quiet("22:00-22:00")


def test_a_zone_that_was_removed_falls_back_to_the_sites(settings, caplog):
    settings.TIME_ZONE = "Europe/Berlin"
    assert zone_of("Mars/Olympus_Mons") == ZoneInfo("Europe/Berlin")
    assert zone_of("../../etc/passwd") == ZoneInfo("Europe/Berlin")
    assert zone_of("") == ZoneInfo("Europe/Berlin")


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
times = st.times().map(lambda t: t.replace(microsecond=0, tzinfo=None, fold=0))
windows = (
    st.tuples(times, times, st.sampled_from(ZONES), st.frozensets(st.integers(0, 6)))
    .filter(lambda each: each[0] != each[1])
    .map(lambda each: QuietHours(each[0], each[1], each[2], each[3]))
)


@given(windows, moments)
def test_a_release_is_never_in_the_past_nor_inside_a_window(hours, now):
    end = release(hours, now)
    if end is not None:
        assert end > now
        assert release(hours, end) is None


@given(windows, moments)
def test_no_moment_between_now_and_the_release_is_loud(hours, now):
    end = release(hours, now)
    if end is not None:
        for part in range(1, 20):
            assert release(hours, now + (end - now) * part / 20) == end


@given(times, st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from(ZONES), st.booleans())
def test_an_instant_shows_its_wall_time_or_follows_a_gap(wall, day, zone, last):
    naive = datetime.combine(day, wall)
    found = instant(naive, ZoneInfo(zone), last=last)
    local = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if local != naive:
        before = (found - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert before < naive < local


def nights_around_changes(zone):
    """The days from which clocks change within a few nights, 2020 to 2035."""
    info, step = ZoneInfo(zone), timedelta(days=4)
    day, before = date(2020, 1, 1), None
    while day.year < 2036:
        offset = datetime.combine(day, time(12), info).utcoffset()
        if before not in (None, offset):
            yield from (day - timedelta(days=n) for n in range(6))
        day, before = day + step, offset


@pytest.mark.slow
def test_every_zone_releases_at_the_end_of_every_changing_night():
    """All zones that there are, through sixteen years of changing clocks."""
    for zone in ZONES:
        for hours in [quiet("22:00-07:00", zone), quiet("00:30-02:30", zone)]:
            for day in nights_around_changes(zone):
                start, end = window(hours, day)
                assert start <= end
                if start < end:
                    assert (release(hours, start), release(hours, end)) == (end, None)


@pytest.mark.parametrize(
    ("stored", "known"), [("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kyiv", "Europe/Kiev")]
)
def test_another_name_of_a_zone_is_understood(stored, known, tmp_path, monkeypatch):
    """On a host without the older names, or one that is older than a new name."""
    source = (resources.files("tzdata") / "zoneinfo" / known).read_bytes()
    (tmp_path / known).parent.mkdir()
    (tmp_path / known).write_bytes(source)
    # Without the package tzdata, which knows all names.
    for name in ["tzdata", *(name for name in sys.modules if name.startswith("tzdata."))]:
        monkeypatch.setitem(sys.modules, name, None)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    ZoneInfo.clear_cache()
    try:
        assert find_zone(stored).key == known
    finally:
        zoneinfo.reset_tzpath()
        ZoneInfo.clear_cache()
