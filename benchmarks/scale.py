"""How much of everything: for numbers that mean something, or to see that all still runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    name: str
    #: Turns of the contenders, and runs in each.
    turns: int
    times: int
    #: Stored events of a young site, and of an old one.
    few_events: int
    many_events: int
    #: Stored notifications of a young site, and of an old one; users; what one marks as read.
    few_rows: int
    many_rows: int
    users: int
    unread_to_mark: int
    fan_outs: tuple[int, ...]
    #: Rows that retention removes.
    old_rows: int
    storm_events: int
    storm_copies: int


FULL = Scale(
    name="full",
    turns=15,
    times=20,
    few_events=10_000,
    many_events=1_000_000,
    few_rows=10_000,
    many_rows=1_000_000,
    users=100_000,
    unread_to_mark=5_000,
    fan_outs=(1_000, 10_000, 100_000),
    old_rows=250_000,
    storm_events=50,
    storm_copies=10,
)

#: A tenth of it, in a tenth of the time.
MEDIUM = Scale(
    name="medium",
    turns=10,
    times=10,
    few_events=1_000,
    many_events=100_000,
    few_rows=1_000,
    many_rows=100_000,
    users=10_000,
    unread_to_mark=5_000,
    fan_outs=(1_000, 10_000),
    old_rows=25_000,
    storm_events=50,
    storm_copies=10,
)

QUICK = Scale(
    name="quick",
    turns=3,
    times=5,
    few_events=100,
    many_events=2_000,
    few_rows=500,
    many_rows=5_000,
    users=500,
    unread_to_mark=100,
    fan_outs=(100, 500),
    old_rows=1_000,
    storm_events=10,
    storm_copies=3,
)

#: What a test runs: everything once.
TINY = Scale(
    name="tiny",
    turns=1,
    times=1,
    few_events=10,
    many_events=20,
    few_rows=50,
    many_rows=100,
    users=20,
    unread_to_mark=10,
    fan_outs=(10,),
    old_rows=20,
    storm_events=2,
    storm_copies=2,
)

SCALES = {scale.name: scale for scale in (FULL, MEDIUM, QUICK, TINY)}
