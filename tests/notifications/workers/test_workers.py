"""Real workers deliver: Celery's over a real Redis, and Django's over the database."""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from django_inapp_notifications.dispatch import background, get_dispatcher
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import Delivery, Notification, Status
from django_inapp_notifications.services import notify
from django_inapp_notifications.workers import celery, work
from tests.notifications.support.celery_site import celery_app
from tests.workers import Workers, workers

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(params=[pytest.param("celery", marks=pytest.mark.redis), "django_tasks"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def use_broker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[..., None]:
    """Let this process, as the site, kick Celery's workers by a broker."""

    def use(broker: str, queue: str = "site") -> None:
        settings.NOTIFICATION_DISPATCHER = "celery"
        monkeypatch.setattr(celery, "remembered_app", celery_app(broker, queue))
        monkeypatch.setattr(background, "paused_until", 0.0)

    return use


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "journal"
    path.touch()
    return path


@pytest.fixture
def pool(
    kind: str, tmp_path: Path, journal: Path, settings: Any, use_broker: Callable[..., None]
) -> Iterator[Workers]:
    """No worker runs yet: a test starts as many as it wants."""
    settings.NOTIFICATION_DISPATCHER = kind
    environment = {"JOURNAL": str(journal)}
    if kind == "celery":
        broker = os.environ["REDIS_URL"].replace("unix://", "redis+socket://")
        environment |= {"BROKER_URL": broker, "QUEUE": uuid.uuid4().hex}
        use_broker(broker, environment["QUEUE"])
    with workers(kind, "tests.notifications.support.worker_site", tmp_path, **environment) as made:
        yield made


@pytest.fixture
def kicks(use_broker: Callable[..., None]) -> Iterator[list[Any]]:
    """What a broker in memory is given: each task's name and arguments."""
    seen: list[Any] = []

    def note(sender: str, body: Any, **named: Any) -> None:
        seen.append((sender.rpartition(".")[2], body[0]))

    use_broker("memory://")
    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)


def players(number: int) -> Any:
    user_model = get_user_model()
    made = [user_model(username=f"u{n}", email=f"u{n}@example.com") for n in range(number)]
    return user_model.objects.bulk_create(made)


def all_sent() -> bool:
    return not Delivery.objects.exclude(status=Status.SENT).exists()


def test_workers_send_each_delivery_once(pool: Workers, journal: Path) -> None:
    for _ in range(2):
        pool.start()
    users = players(30)
    for title in ("x", "y"):
        notify(users, "match", title=title)
    pool.eventually(all_sent)
    assert sorted(journal.read_text().split()) == sorted(user.username for user in users * 2)


def test_the_request_sends_nothing_itself(pool: Workers, journal: Path) -> None:
    notify(players(1), "match", title="x")
    assert journal.read_text() == ""
    assert not all_sent()


def test_recipients_that_are_written_in_the_background_are_notified(
    pool: Workers, journal: Path
) -> None:
    notify(players(3), "match", title="x", background=True)
    assert not Notification.objects.exists()
    pool.start()
    pool.eventually(lambda: Delivery.objects.count() == 3 and all_sent())
    assert sorted(journal.read_text().split()) == ["u0", "u1", "u2"]


def test_what_a_killed_worker_had_claimed_is_sent_once(
    pool: Workers, journal: Path, tmp_path: Path
) -> None:
    notify(players(3), "match", title="x")
    pool.die(DIE_AFTER_CLAIM=str(tmp_path / "died"))
    assert journal.read_text() == ""
    assert not all_sent()
    Delivery.objects.update(not_before=timezone.now())  # the lease has ended
    pool.start()
    get_dispatcher().recipients_stored()  # as the sweep of Celery beat or cron
    pool.eventually(all_sent)
    assert sorted(journal.read_text().split()) == ["u0", "u1", "u2"]


def test_a_broker_that_is_gone_delays_and_loses_nothing(
    use_broker: Callable[..., None], recorded: Any
) -> None:
    use_broker(NOBODY)
    celery.site_app().finalize()  # what a process does once takes most of a second
    started = time.monotonic()
    for title in ("x", "y"):
        notify(players(1) if title == "x" else get_user_model().objects.all(), "match", title=title)
    # Left to itself, kombu tries for six seconds each time.
    assert time.monotonic() - started < 10
    assert recorded.sent == []
    assert sweep()["deliveries"] == 2
    assert [outgoing.title for outgoing in recorded.sent] == ["x", "y"]


def test_a_task_carries_the_id_of_the_message(kicks: list[Any]) -> None:
    sent = notify(players(2), "match", title="x")
    assert kicks == [("deliver", (sent.message.pk,))]


def test_without_a_message_the_task_is_a_sweep(kicks: list[Any]) -> None:
    notify(players(1), "match", title="x", background=True)
    assert kicks == [("sweep", ())]


def test_a_kick_waits_for_the_commit_and_dies_with_a_rollback(kicks: list[Any]) -> None:
    users = players(1)
    with transaction.atomic():
        notify(users, "match", title="gone")
        transaction.set_rollback(True)
    with transaction.atomic():
        notify(users, "match", title="kept")
        assert kicks == []
    assert len(kicks) == 1


def test_a_big_fan_out_is_many_short_tasks(
    kicks: list[Any], monkeypatch: pytest.MonkeyPatch, recorded: Any
) -> None:
    monkeypatch.setattr(work, "SHARE", 2)
    sent = notify(players(3), "match", title="x")
    work.deliver(sent.message.pk)
    assert len(recorded.sent) == 2
    assert len(kicks) == 2
    work.deliver(sent.message.pk)
    assert len(recorded.sent) == 3
    assert len(kicks) == 2


def test_the_queue_is_a_setting(use_broker: Callable[..., None], settings: Any) -> None:
    queues: list[str] = []

    def note(routing_key: str, **named: Any) -> None:
        queues.append(routing_key)

    use_broker("memory://")
    before_task_publish.connect(note)
    get_dispatcher().message_written(1)
    settings.NOTIFICATION_TASK_QUEUE = "mail"
    get_dispatcher().message_written(1)
    before_task_publish.disconnect(note)
    assert queues == ["site", "mail"]


def test_every_celery_task_is_acknowledged_when_it_is_done() -> None:
    """A killed worker of a prefork pool has acknowledged nothing that it had not finished."""
    from django_inapp_notifications import tasks
    from django_inapp_notifications.workers import work

    names = [name for name, task in vars(tasks).items() if hasattr(task, "acks_late")]
    assert {"deliver", "prune"} <= set(names)
    assert all(getattr(tasks, name).acks_late and hasattr(work, name) for name in names)
