"""The work is done by real workers: Celery's over a real Redis, and Django's over the database."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from celery.signals import before_task_publish
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_stripe_payments.dispatch import background, get_dispatcher
from django_stripe_payments.models import Fact, Payment, ReceiverDelivery, WebhookEvent
from django_stripe_payments.services import StripeService
from django_stripe_payments.workers import celery
from tests import services
from tests.payments.support import site
from tests.payments.support.celery_shop import celery_app
from tests.workers import Workers, workers

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(params=[pytest.param("celery", marks=pytest.mark.redis), "django_tasks"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def use_broker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[str, str], None]:
    """Let this process, as the site, wake Celery's workers by a broker."""

    def use(broker: str, queue: str = "shop") -> None:
        settings.STRIPE_DISPATCHER = "celery"
        monkeypatch.setattr(celery, "remembered_app", celery_app(broker, queue))
        monkeypatch.setattr(background, "paused_until", 0.0)

    return use


@pytest.fixture
def pool(
    kind: str, tmp_path: Path, settings: Any, stripe_sandbox_server: Any, use_broker: Any
) -> Iterator[Workers]:
    """No worker runs yet: a test starts as many as it wants."""
    settings.STRIPE_DISPATCHER = kind
    environment = {"STRIPE_API_BASE": stripe_sandbox_server.url}
    if kind == "celery":
        broker = os.environ["REDIS_URL"].replace("unix://", "redis+socket://")
        environment |= {"BROKER_URL": broker, "QUEUE": uuid.uuid4().hex}
        use_broker(broker, environment["QUEUE"])
    with workers(kind, "tests.payments.support.worker_site", tmp_path, **environment) as made:
        yield made


@pytest.fixture
def event(user: Any, stripe_sandbox_server: Any) -> dict[str, Any]:
    """Of a payment that was paid."""
    _, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    stripe_sandbox_server.sandbox.confirm(intent.id, "4242424242424242")
    return stripe_sandbox_server.sandbox.events("payment_intent.succeeded")[0]


@pytest.fixture
def post(stripe_sandbox_server: Any, event: Any, connected: None) -> Callable[[], int]:
    """Deliver the event to the site, and return its answer."""
    return lambda: site.post(*stripe_sandbox_server.sandbox.signed(event))


@pytest.fixture
def connected() -> Iterator[None]:
    """The site's receivers, in this process too."""
    site.connect()
    yield
    site.disconnect()


def finished() -> bool:
    return WebhookEvent.objects.filter(finished_at__isnull=False).exists()


def lease_runs_out() -> None:
    """Time passes, until nobody waits for the worker that died."""
    WebhookEvent.objects.update(leased_until=timezone.now())


def effects() -> list[str]:
    return sorted(LogEntry.objects.values_list("object_repr", flat=True))


def assert_everything_is_there_once() -> None:
    payment = Payment.objects.get()
    assert payment.status == "succeeded"
    assert effects() == [f"registered {payment.pk}", f"thanked {payment.pk}"]
    assert not Fact.objects.filter(announced_at=None).exists()
    assert not WebhookEvent.objects.filter(finished_at=None).exists()
    assert not ReceiverDelivery.objects.filter(delivered_at=None).exists()


def test_an_event_is_stored_and_acknowledged_and_a_worker_does_the_rest(
    pool: Workers, post: Callable[[], int]
) -> None:
    assert post() == 200
    assert effects() == []
    assert WebhookEvent.objects.get().applied_at is None
    pool.start()
    pool.eventually(finished)
    assert_everything_is_there_once()


def test_duplicates_and_the_success_page_among_two_workers_have_each_effect_once(
    pool: Workers, post: Callable[[], int], user: Any
) -> None:
    browser = Client()
    browser.force_login(user)
    for _ in range(2):
        pool.start()
    for _ in range(5):
        assert post() == 200
        assert browser.get(Payment.objects.get().get_absolute_url()).status_code == 200
    pool.eventually(finished)
    assert_everything_is_there_once()


def test_a_worker_is_woken_for_what_the_success_page_finds(
    pool: Workers, event: Any, connected: None, user: Any
) -> None:
    browser = Client()
    browser.force_login(user)
    assert browser.get(Payment.objects.get().get_absolute_url()).status_code == 200
    assert effects() == []
    pool.start()
    pool.eventually(lambda: len(effects()) == 2)


def test_a_receiver_that_fails_is_tried_again_alone_by_the_sweep(
    pool: Workers, post: Callable[[], int]
) -> None:
    pool.start(FAIL_ONCE="1")
    assert post() == 200
    pool.eventually(lambda: ReceiverDelivery.objects.filter(attempts=1, delivered_at=None).exists())
    pool.eventually(lambda: len(effects()) == 1)
    assert "thanked" in effects()[0]
    # The worker has the lease until it noted the failure.
    pool.eventually(lambda: not WebhookEvent.objects.exclude(leased_until=None).exists())
    call_command("stripe_deliver", "--all")
    assert_everything_is_there_once()


@pytest.mark.redis
@pytest.mark.parametrize("kind", ["celery"])
def test_a_task_whose_worker_was_killed_is_delivered_again(
    pool: Workers, post: Callable[[], int], tmp_path: Path
) -> None:
    assert post() == 200
    pool.die(DIE_IN_RECEIVER=str(tmp_path / "died"))
    assert not finished()
    lease_runs_out()
    pool.start()
    pool.eventually(finished)
    assert_everything_is_there_once()


def test_what_a_killed_worker_left_is_swept(
    pool: Workers, post: Callable[[], int], tmp_path: Path
) -> None:
    assert post() == 200
    pool.die(DIE_IN_RECEIVER=str(tmp_path / "died"))
    assert not finished()
    lease_runs_out()
    call_command("stripe_deliver")
    assert_everything_is_there_once()


def test_the_endpoint_stores_and_wakes_and_does_nothing_else(
    pool: Workers, kind: str, post: Callable[[], int]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert post() == 200
    said = [query["sql"] for query in queries.captured_queries]
    # Django 5.2 opens a transaction around the one statement.
    inserts = [sql for sql in said if not sql.startswith(("BEGIN", "COMMIT"))]
    # That the secret is in use is noted by the first event of a while.
    inserts = [sql for sql in inserts if "signingsecret" not in sql]
    about_tasks = [sql for sql in inserts if "django_tasks" in sql]
    assert len(inserts) - len(about_tasks) == 1, inserts
    assert inserts[0].startswith("INSERT"), inserts
    assert bool(about_tasks) == (kind == "django_tasks")


def test_a_broker_that_is_gone_delays_and_loses_nothing(
    use_broker: Callable[[str], None], post: Callable[[], int]
) -> None:
    use_broker(NOBODY)
    celery.site_app().finalize()  # what a process does once takes most of a second
    started = time.monotonic()
    assert [post(), post()] == [200, 200]
    # Left to itself, kombu tries for six seconds each time.
    assert time.monotonic() - started < 10
    assert effects() == []
    call_command("stripe_deliver")
    assert_everything_is_there_once()


@pytest.mark.redis
def test_a_broker_that_hangs_holds_one_request_for_seconds_and_the_next_not_at_all(
    use_broker: Callable[[str], None], post: Callable[[], int], tmp_path: Path
) -> None:
    with services.redis(tmp_path):
        use_broker(f"redis+socket://{tmp_path}/redis.sock")
        assert post() == 200
        server = redis.Redis(unix_socket_path=f"{tmp_path}/redis.sock")
        pid = server.info()["process_id"]
        server.close()
        os.kill(pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            assert [post(), post()] == [200, 200]
        finally:
            os.kill(pid, signal.SIGCONT)
    # Left to itself, a connection that was made waits for its answer for ever.
    assert time.monotonic() - started < 30


def test_without_a_broker_one_process_may_sweep_forever(
    settings: Any, post: Callable[[], int], tmp_path: Path, stripe_sandbox_server: Any
) -> None:
    settings.STRIPE_DISPATCHER = "django_tasks"
    environment = {"STRIPE_API_BASE": stripe_sandbox_server.url}
    with workers("sweep", "tests.payments.support.worker_site", tmp_path, **environment) as made:
        made.start()
        assert post() == 200
        made.eventually(finished)
        WebhookEvent.objects.update(applied_at=None, finished_at=None)
        made.eventually(finished)
    assert_everything_is_there_once()


def test_a_task_carries_keys(use_broker: Callable[[str], None], db: None) -> None:
    bodies: list[Any] = []

    def note(body: Any, **named: Any) -> None:
        bodies.append(body[0])

    use_broker("memory://")
    before_task_publish.connect(note)
    get_dispatcher().event_stored("evt_1")
    get_dispatcher().facts_written(iter(["payment_failed:1", "payment_failed:2"]))
    before_task_publish.disconnect(note)
    assert json.loads(json.dumps(bodies)) == [
        ["evt_1"],
        [["payment_failed:1", "payment_failed:2"]],
    ]


def test_a_wake_up_waits_for_the_commit_and_dies_with_a_rollback(
    use_broker: Callable[[str], None], db: None
) -> None:
    woken: list[str] = []

    class Counting(background.BackgroundDispatcher):
        def wake(self, task: str, argument: Any) -> None:
            woken.append(argument)

    with transaction.atomic():
        Counting().event_stored("evt_gone")
        transaction.set_rollback(True)
    with transaction.atomic():
        Counting().event_stored("evt_kept")
        assert woken == []
    assert woken == ["evt_kept"]


def test_wake_ups_pause_after_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "paused_until", 0.0)
    tried: list[str] = []

    class Failing(background.BackgroundDispatcher):
        def wake(self, task: str, argument: Any) -> None:
            tried.append(argument)
            raise OSError("The broker is gone.")

    for stripe_id in ("evt_1", "evt_2"):
        assert Failing().event_stored(stripe_id) is True
    assert tried == ["evt_1"]
    monkeypatch.setattr(background, "paused_until", 0.0)
    Failing().event_stored("evt_3")
    assert tried == ["evt_1", "evt_3"]
