"""Notifications: reading an inbox, writing to many, and taking away what is old."""

from collections.abc import Iterator, Mapping

from .measure import Benchmark, Mark, Times, benchmark, in_turns, ratio
from .scale import Scale
from .webhooks import contender
from .workers import Worker

READING, WRITING = "Reading an inbox", "Writing and removing"
PAIR = ("ours", "minimum")

#: Name of the case → title, limit of the ratio, limit in milliseconds.
REQUESTS: dict[str, tuple[str, float | None, float | None]] = {
    "count": ("Unread count, capped, as a function", 1.5, 10),
    "badge": ("Unread count as a whole request", 1.5, 10),
    "dropdown": ("Dropdown of ten as a whole request", 1.5, 10),
    "page_1": ("First page of 25 as a whole request", 1.5, 10),
    "page_2000": ("Page 2,000 as a whole request", 1.5, 10),
    "mark_all": ("Mark all of {unread:,} as read", None, 5),
}


def run(scale: Scale, others: Mapping[str, Worker]) -> Iterator[Benchmark]:
    with Worker("notifications", "bench_notifications") as site:
        _load(site, scale, scale.many_rows)
        for other in others.values():
            _load(other, scale, scale.many_rows)
        for name in REQUESTS:
            yield _request(scale, site, others, name)
        yield _depth(scale, site)
        yield from _growth(scale, site)
        yield from _fan_outs(scale, site, others)
        yield from _memory(scale)
        yield _retention(scale, site)


def _load(site: Worker, scale: Scale, rows: int) -> None:
    site.call("load", rows=rows, users=scale.users, unread_to_mark=scale.unread_to_mark)


def _request(scale: Scale, site: Worker, others: Mapping[str, Worker], name: str) -> Benchmark:
    title, limit, milliseconds = REQUESTS[name]
    contenders = {who: contender(site, f"{who}_{name}") for who in PAIR}
    # What others do takes a thousand times as long in places: they take fewer turns.
    found = in_turns(contenders, scale.turns, scale.times)
    for who in PAIR:
        found[who].statements = site.count(f"{who}_{name}")
    slow = {who: contender(each, name) for who, each in others.items() if name in offers(each)}
    if name == "mark_all":
        slow["UPDATE"] = contender(site, "update_mark_all")
    extra = in_turns({"ours": contenders["ours"], **slow}, 3) if slow else {}
    made = benchmark(name, title.format(unread=scale.unread_to_mark), READING, found, limit)
    made.times |= {who: times.summary() for who, times in extra.items() if who != "ours"}
    made.marks.append(Mark("ours", _milliseconds(found["ours"]), milliseconds, unit="ms"))
    for who in slow:
        made.marks.append(Mark(f"{who} ÷ ours", ratio(extra[who], extra["ours"]), at_least=True))
    return made


def offers(other: Worker) -> list[str]:
    """The names of the cases that another package has an answer to."""
    names: list[str] = other.call("cases")
    return names


def _milliseconds(times: Times) -> float:
    return float(times.summary()["median"])


def _depth(scale: Scale, site: Worker) -> Benchmark:
    contenders = {
        "page 1": contender(site, "ours_page_1"),
        "page 2,000": contender(site, "ours_page_2000"),
    }
    found = in_turns(contenders, scale.turns, scale.times)
    made = benchmark("depth", "A page, by its depth", READING, found)
    made.marks.append(Mark("deep ÷ first", ratio(found["page 2,000"], found["page 1"]), 1.2))
    return made


def _growth(scale: Scale, large: Worker) -> Iterator[Benchmark]:
    few, many = f"{scale.few_rows:,} rows", f"{scale.many_rows:,} rows"
    with Worker("notifications", "bench_notifications_small") as small:
        _load(small, scale, scale.few_rows)
        for name in ("count", "dropdown", "page_1"):
            contenders = {
                few: contender(small, f"ours_{name}"),
                many: contender(large, f"ours_{name}"),
            }
            found = in_turns(contenders, scale.turns, scale.times)
            title = f"{REQUESTS[name][0]}, by the number of stored notifications"
            made = benchmark(f"growth_{name}", title, READING, found)
            made.marks.append(Mark("many ÷ few", ratio(found[many], found[few]), 1.2))
            yield made


def _fan_outs(scale: Scale, site: Worker, others: Mapping[str, Worker]) -> Iterator[Benchmark]:
    for users in scale.fan_outs:
        turns = 3 if users >= 100_000 else 5
        for name, source, limit in [
            ("fan_out", "a QuerySet; minimum: INSERT … SELECT", 1.5),
            ("fan_out_list", "a list; minimum: bulk_create", 1.2),
        ]:
            contenders = {who: contender(site, f"{who}_{name}", users=users) for who in PAIR}
            found = in_turns(contenders, min(turns, scale.turns))
            title = f"To {users:,} users, given as {source}"
            made = benchmark(f"{name}_{users}", title, WRITING, found, limit)
            if name == "fan_out" and users == 10_000:
                _slow_fan_outs(made, site, others, users)
            yield made


def _slow_fan_outs(made: Benchmark, site: Worker, others: Mapping[str, Worker], users: int) -> None:
    """Those that write row by row: once, as it takes a minute."""
    slow = {who: contender(each, "fan_out", users=users) for who, each in others.items()}
    slow["a loop of create()"] = contender(site, "loop_fan_out", users=users)
    ours = made.times["ours"]["median"]
    for who, times in in_turns(slow, 1, warm_up=False).items():
        made.times[who] = times.summary()
        made.marks.append(Mark(f"{who} ÷ ours", times.summary()["median"] / ours, at_least=True))


def _memory(scale: Scale) -> Iterator[Benchmark]:
    users = max(scale.fan_outs)
    for case, source in [("fan_out", "a QuerySet"), ("fan_out_list", "a list")]:
        found = {}
        for who in PAIR:
            # What another case had used, this one would use again and seem to need nothing.
            with Worker("notifications", "bench_notifications", fresh=False) as site:
                found[who] = site.call("memory_of", case_name=f"{who}_{case}", users=users)
        yield Benchmark(
            f"memory_{case}",
            f"Extra memory of a fan-out to {users:,} users, given as {source}",
            WRITING,
            {who: {"median": round(size, 1)} for who, size in found.items()},
            [Mark("ours", found["ours"], 50, unit="MB")],
            unit="MB",
        )


def _retention(scale: Scale, site: Worker) -> Benchmark:
    contenders = {who: contender(site, f"{who}_retention", rows=scale.old_rows) for who in PAIR}
    found = in_turns(contenders, min(3, scale.turns), warm_up=False)
    title = f"Retention: {scale.old_rows:,} old rows beside {scale.many_rows:,}"
    return benchmark("retention", title, WRITING, found, 1.5)
