"""One run: two senders and two workers are killed until all is sent; then mails are counted."""

import contextlib
import os
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.chaos import processes, travel
from tests.chaos.monkey import Monkey
from tests.chaos.result import Drift, Result, told
from tests.chaos.world import (
    AHEAD,
    SECONDS_AHEAD,
    SWEEP,
    WORKERS,
    Servers,
    create_database,
    eventually,
    servers,
)

SENDERS = ("sender-1", "sender-2")
READER = "reader"
DELIVER = "notifications_deliver"
USERS = 20

#: Seconds by which every clock moves each time: while processes are killed, and afterwards.
STEP_IN_CHAOS, STEP = 30, 600

#: Seconds for everything; a run of 500 calls takes one minute on an idle machine.
PATIENCE = 1200


def run(calls: int, seed: int, folder: Path) -> Result:
    """Do it all in a folder that holds the logs and the mails afterwards. Raises Drift."""
    result = Result(f"{calls} calls of notify()", seed)
    mails = folder / "mails"
    mails.mkdir()
    os.environ["MAIL_FOLDER"] = str(mails)
    with servers(folder, "tests.chaos.mail.settings") as supervisor:
        create_database()
        _sign_up()
        for number, name in enumerate(SENDERS):
            supervisor.keep_forked(name, _send, number, calls // len(SENDERS))
        for name in WORKERS:
            ahead = (travel.skew, SECONDS_AHEAD) if name in AHEAD else ()
            supervisor.keep_forked(name, *ahead, processes.work, name)
        supervisor.keep_forked(SWEEP, travel.skew, SECONDS_AHEAD, processes.sweep, DELIVER)
        supervisor.keep_forked(READER, _read)
        world = Servers(folder, supervisor, (*SENDERS, *WORKERS, SWEEP))
        try:
            _chaos(world, result, calls // len(SENDERS) * len(SENDERS))
            _compare(mails, result)
        finally:
            result.counts["killed"] = dict(supervisor.killed)
            result.counts["stopped"] = dict(supervisor.stopped)
    return result


def _read() -> None:
    from tests.chaos.mail.reader import read

    read()


def _send(number: int, calls: int) -> None:
    from tests.chaos.mail.sender import send

    send(number, calls)


def _sign_up() -> None:
    from django.contrib.auth import get_user_model

    model = get_user_model()
    names = [f"player{number}" for number in range(USERS)]
    model.objects.bulk_create(model(username=name, email=f"{name}@example.com") for name in names)


def _chaos(world: Servers, result: Result, calls: int) -> None:
    from django.db import OperationalError, connection

    from django_inapp_notifications.models import Delivery, Status
    from tests.chaos.mail.models import Call

    def ask(question: object) -> int:
        try:
            return question()  # type: ignore[operator,no-any-return]
        except OperationalError:  # the database crashes under our feet too
            connection.close()
            return -1

    def written() -> int:
        return ask(Call.objects.count)

    def waiting() -> int:
        return ask(Delivery.objects.filter(status=Status.PENDING).count)

    def all_but_half() -> bool:
        return 0 <= waiting() < calls // 2

    progress = [0.0]
    monkey = Monkey(world, result.seed, lambda: progress[0])
    monkey.start()
    try:

        def all_written() -> bool:
            progress[0] = written() / calls
            return progress[0] >= 1

        _while_time_passes(STEP_IN_CHAOS, all_written, "the senders never ended")
        result.lap("senders")
        _while_time_passes(STEP_IN_CHAOS, all_but_half, "the workers do not keep up")
    finally:
        monkey.stop()
    _while_time_passes(STEP, lambda: waiting() == 0, "deliveries are left that nobody sends")
    result.lap("deliveries")
    result.counts["crashed"] = " and ".join(monkey.crashed)
    world.supervisor.let_go(*world.victims, READER)


def _while_time_passes(step: float, happens: Callable[[], object], otherwise: str) -> None:
    """Move every clock each second until it is so, or there is no hope."""
    for _ in range(PATIENCE):
        with contextlib.suppress(TimeoutError):
            eventually(happens, 1, "")
            return
        travel.to(travel.passed() + step)
    raise TimeoutError(otherwise)


def _compare(mails: Path, result: Result) -> None:
    from django_inapp_notifications.models import Delivery, Notification, Status
    from tests.chaos.mail.models import Call

    rows = Notification.objects.values_list("message__title", "recipient__email")
    notified = Counter(rows)
    titles = set(Call.objects.values_list("title", flat=True))
    poison = set(Call.objects.filter(is_poison=True).values_list("title", flat=True))
    deadly = {key for key in notified if key[0] in poison}
    copies = Counter[tuple[str, str, str]]()
    for path in mails.glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        copies[mail["Subject"].strip(), mail["To"], mail["Message-ID"]] += 1
    mailed = Counter((title, address) for title, address, _ in copies)
    found = [
        *(f"{key} was notified {times} times" for key, times in notified.items() if times != 1),
        *(f"{key[0]} escaped a rollback" for key in notified | mailed if key[0] not in titles),
        *(f"{title} was lost" for title in titles - {title for title, _ in notified}),
        *(f"{key} was not mailed" for key in notified.keys() - deadly - mailed.keys()),
        *(f"{key} was mailed and not notified" for key in mailed.keys() - notified.keys()),
        *(f"{key} has {times} Message-IDs" for key, times in mailed.items() if times != 1),
    ]
    statuses = Counter(Delivery.objects.values_list("status", flat=True))
    result.counts["deliveries"] = {str(name): number for name, number in statuses.items()}
    lost = Delivery.objects.exclude(status=Status.SENT)
    found += [
        f"{row} is {row.status}" for row in lost.exclude(notification__message__title__in=poison)
    ]
    if statuses[Status.FAILED] != len(deadly):
        found.append(f"{len(deadly)} deadly mails, and {statuses}")
    unseen = [path.stem for path in mails.glob("*.unseen")]
    found += [f"notification {pk} was marked as read and never shown" for pk in unseen]
    result.counts["marked all as read"] = f"for {len(list(mails.glob('*.marked')))} users"
    result.counts["killed by a mail"] = len(list(mails.glob("*.death")))
    result.counts["notify"] = {"calls": len(titles), "notifications": len(notified)}
    again = sum(times - 1 for times in copies.values())
    result.counts["mails"] = {"mails": len(copies), "second copies, same Message-ID": again}
    if len(notified) != 3 * len(titles):
        found.append(f"{len(notified)} notifications, not three for each call")
    if found:
        raise Drift(f"{len(found)} promises broken:\n{told(found)}")
