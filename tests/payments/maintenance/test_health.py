"""The status: what it counts, what it calls a problem, and what it costs."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from django_stripe_payments import signals
from django_stripe_payments.audit import chain as audit_chain
from django_stripe_payments.maintenance import health, waiting
from django_stripe_payments.models import (
    ApiOperation,
    Fact,
    Payment,
    ReceiverDelivery,
    SigningSecret,
    SyncRun,
    WebhookEvent,
)
from django_stripe_payments.webhooks import secrets

pytestmark = pytest.mark.django_db


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


@pytest.fixture
def paid(payment: Payment, stripe_sandbox: Any) -> Payment:
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(Client())
    audit_chain.seal()
    return payment


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("stripe_status", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_fresh_site_is_healthy(db: None) -> None:
    found = health.status()
    assert found.is_healthy
    assert (found.last_event, found.last_sync, found.unfinished_events) == (None, None, 0)


def test_a_site_at_work_is_healthy(paid: Payment) -> None:
    found = health.status()
    assert found.problems == ()
    assert found.last_event is not None
    assert found.last_event < 60


@pytest.mark.parametrize(("age", "is_problem"), [(60, False), (1000, True)])
def test_an_event_that_stays_unfinished_is_a_problem(
    paid: Payment, age: int, is_problem: bool
) -> None:
    WebhookEvent.objects.update(finished_at=None, received_at=ago(age))
    found = health.status()
    assert found.unfinished_events == WebhookEvent.objects.count()
    assert found.oldest_unfinished_event == pytest.approx(age, abs=30)
    assert bool(found.problems) is is_problem


def test_a_receiver_that_fails_is_counted_and_becomes_a_problem(
    payment: Payment, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    def fails(**named: Any) -> None:
        raise RuntimeError

    connect(signals.payment_succeeded, fails)
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(Client())
    assert (health.status().failed_deliveries, health.status().unannounced_facts) == (1, 1)
    assert health.status().is_healthy
    Fact.objects.update(created_at=ago(1000))
    assert "Facts are not announced" in health.status().problems[0]
    ReceiverDelivery.objects.update(attempts=0)
    assert health.status().failed_deliveries == 0


def test_a_call_without_an_answer_is_a_problem(paid: Payment) -> None:
    ApiOperation.objects.update(status=ApiOperation.Status.UNKNOWN, created_at=ago(1000))
    found = health.status()
    assert found.unknown_operations == 2
    assert "stripe_sync" in found.problems[0]


def test_without_a_sweep_the_audit_log_waits(payment: Payment) -> None:
    from django.db.models import QuerySet

    from django_stripe_payments.models import AuditLogEntry

    QuerySet(AuditLogEntry).update(created_at=ago(1000))
    assert "stripe_deliver" in health.status().problems[0]
    audit_chain.seal()
    assert health.status().is_healthy


def test_a_sync_that_is_missing_or_old_is_a_problem_where_one_is_run(
    db: None, settings: Any
) -> None:
    settings.STRIPE_HEALTH_SYNC_MAX_AGE = 3600
    assert "stripe_sync" in health.status().problems[0]
    SyncRun.objects.create(since=ago(9), finished_at=ago(7200))
    assert not health.status().is_healthy
    SyncRun.objects.create(since=ago(9), finished_at=ago(60))
    assert health.status().is_healthy


def test_another_api_version_is_a_problem(db: None) -> None:
    seen = secrets.fingerprint("whsec_site")
    SigningSecret.objects.create(
        fingerprint=seen, last_seen_at=timezone.now(), api_version="2020-08-27"
    )
    assert health.status().foreign_versions == ("2020-08-27",)
    assert not health.status().is_healthy


def test_a_secret_that_is_gone_is_no_problem(db: None) -> None:
    SigningSecret.objects.create(
        fingerprint="00000000", last_seen_at=timezone.now(), api_version="2020-08-27"
    )
    assert health.status().is_healthy


def test_it_costs_eleven_queries_and_one_for_each_count_of_an_app(
    paid: Payment, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(11 + len(waiting.registered())):
        health.status()


def test_counting_ends(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "COUNT_CAP", 3)
    Fact.objects.bulk_create(Fact(key=str(number), kind="payment_failed") for number in range(5))
    assert health.status().unannounced_facts == 3


def test_the_command_tells_machines_and_people(paid: Payment) -> None:
    code, told = run("--json")
    assert (code, json.loads(told)["is_healthy"]) == (0, True)
    code, told = run()
    assert (code, told.splitlines()[-1]) == (0, "healthy")


def test_the_exit_code_says_that_a_person_is_needed(paid: Payment) -> None:
    WebhookEvent.objects.update(finished_at=None, received_at=ago(1000))
    assert run("--json")[0] == run("--prometheus")[0] == 1
    code, told = run()
    assert code == 1
    assert "problem: Events are not finished" in told


def test_prometheus_gets_one_gauge_for_each_number(paid: Payment) -> None:
    _code, told = run("--prometheus")
    samples = dict(line.split(" ") for line in told.splitlines() if not line.startswith("#"))
    assert samples["stripe_payments_healthy"] == "1"
    assert samples["stripe_payments_unfinished_events"] == "0"
    assert float(samples["stripe_payments_last_event_seconds"]) < 60
    assert "stripe_payments_last_sync_seconds" not in samples
    assert told.count("# TYPE") == len(samples)
