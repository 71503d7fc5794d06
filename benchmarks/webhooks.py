"""Stripe's events: what it costs to take one in, and to tell the receivers."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from .measure import Benchmark, Contender, Mark, Times, benchmark, in_turns, ratio
from .scale import Scale
from .workers import Worker

GROUP = "Webhooks"

#: Receivers → how many times as long as the two bare statements an event may take.
FLOORS = {0: 3.0, 1: 5.0}

OURS_AND_FLOORS = ("ours", "minimum", "sql")


def contender(worker: Worker, case: str, **arguments: Any) -> Contender:
    """A case of a site, as something that takes turns."""
    return partial(_time, worker, case, arguments)


def _time(worker: Worker, case: str, arguments: dict[str, Any], times: int) -> list[float]:
    return worker.time(case, times, **arguments)


def run(scale: Scale, others: Mapping[str, Worker]) -> Iterator[Benchmark]:
    with Worker("payments", "bench_payments") as site:
        site.call("add_payments", number=_payments(scale))
        yield from _single(scale, site, others)
        yield _crowd(scale, site, others)
        yield from _receivers(scale, site)
        yield from _mixed(scale, site)
        yield _storm(scale, site)
        yield _growth(scale, site)
    if "REDIS_URL" in os.environ:
        yield _celery(scale)


def _payments(scale: Scale) -> int:
    single = 16 * (scale.turns * scale.times + scale.turns + 10)
    storms = 10 * scale.storm_events + (scale.turns + 2) * scale.times * 8
    return single + storms


def _single(scale: Scale, site: Worker, others: Mapping[str, Worker]) -> Iterator[Benchmark]:
    for name, title, limit in [
        ("new", "A new event of a known payment", 3.0),
        ("duplicate", "The same event again", None),
    ]:
        contenders = {who: contender(site, f"{who}_{name}") for who in OURS_AND_FLOORS}
        for other, worker in others.items():
            contenders[other] = contender(worker, name)
        found = in_turns(contenders, scale.turns, scale.times)
        for who in OURS_AND_FLOORS:
            found[who].statements = site.count(f"{who}_{name}")
        for other, worker in others.items():
            found[other].statements = worker.count(name)
        floor = FLOORS[0] if name == "new" else None
        made = benchmark(f"webhook_{name}", title, GROUP, found, limit, floor=floor)
        _against_others(made, found, others, 5.0 if name == "new" else None)
        yield made


def _against_others(
    made: Benchmark, found: Mapping[str, Times], others: Mapping[str, Worker], least: float | None
) -> None:
    for other in others:
        value = ratio(found[other], found["ours"])
        made.marks.append(Mark(f"{other} ÷ ours", value, least, at_least=True))


def _crowd(scale: Scale, site: Worker, others: Mapping[str, Worker]) -> Benchmark:
    events = scale.times * 8
    contenders = {
        who: contender(site, f"{who}_crowd", events=events) for who in ("ours", "minimum")
    }
    contenders |= {who: contender(each, "crowd", events=events) for who, each in others.items()}
    found = in_turns(contenders, max(scale.turns // 3, 1))
    title = "New events, eight at once (for each)"
    made = benchmark("webhook_crowd", title, GROUP, found)
    _against_others(made, found, others, None)
    return made


def _receivers(scale: Scale, site: Worker) -> Iterator[Benchmark]:
    for receivers in (1, 3):
        site.call("listen", receivers=receivers)
        contenders = {who: contender(site, f"{who}_new") for who in OURS_AND_FLOORS}
        found = in_turns(contenders, scale.turns, max(scale.times // 2, 1))
        for who in OURS_AND_FLOORS:
            found[who].statements = site.count(f"{who}_new")
        words = "one receiver" if receivers == 1 else f"{receivers} receivers"
        title = f"A new event that is announced to {words}, each of which writes a row"
        floor = FLOORS.get(receivers)
        yield benchmark(f"announce_{receivers}", title, GROUP, found, floor=floor)
    site.call("listen", receivers=0)


def _mixed(scale: Scale, site: Worker) -> Iterator[Benchmark]:
    for receivers, words in ((0, "no receiver"), (1, "one receiver, which writes a row")):
        site.call("listen", receivers=receivers)
        contenders = {who: contender(site, f"{who}_mixed") for who in OURS_AND_FLOORS}
        found = in_turns(contenders, scale.turns, max(scale.times // 3, 1))
        title = (
            f"Three types of events, one of which takes a call to Stripe, with {words} (for each)"
        )
        yield benchmark(f"mixed_{receivers}", title, GROUP, found, floor=FLOORS[receivers])
    site.call("listen", receivers=0)


def _storm(scale: Scale, site: Worker) -> Benchmark:
    site.call("listen", receivers=1)
    size = {"events": scale.storm_events, "copies": scale.storm_copies}
    contenders = {who: contender(site, f"{who}_storm", **size) for who in ("ours", "minimum")}
    found = in_turns(contenders, 3)
    site.call("listen", receivers=0)
    title = (
        f"{scale.storm_events} events × {scale.storm_copies} copies, shuffled, from 8 threads, "
        "each effect once"
    )
    return benchmark("storm", title, GROUP, found, 3.0)


def _growth(scale: Scale, large: Worker) -> Benchmark:
    large.call("add_stored_events", count=scale.many_events)
    with Worker("payments", "bench_payments_small") as small:
        small.call("add_payments", number=2 * (scale.turns * scale.times + 10))
        small.call("add_stored_events", count=scale.few_events)
        few, many = f"{scale.few_events:,} stored", f"{scale.many_events:,} stored"
        contenders = {few: contender(small, "ours_new"), many: contender(large, "ours_new")}
        found = in_turns(contenders, scale.turns, scale.times)
    made = benchmark("webhook_growth", "A new event, by the number of stored events", GROUP, found)
    made.marks.append(Mark("many ÷ few", ratio(found[many], found[few]), 1.2))
    return made


def _celery(scale: Scale) -> Benchmark:
    with Worker("payments", "bench_celery", celery=True) as site:
        site.call("add_payments", number=4 * (scale.turns * scale.times + 10))
        contenders = {who: contender(site, f"{who}_new") for who in ("ours", "minimum")}
        found = in_turns(contenders, scale.turns, scale.times)
        for who in ("ours", "minimum"):
            found[who].statements = site.count(f"{who}_new")
    title = "A new event that a Celery worker will see to (verify, one insert, kick)"
    return benchmark("webhook_celery", title, GROUP, found, 3.0)
