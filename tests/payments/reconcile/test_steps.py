"""An app's own step takes part in the reconciliation, and harms none of the others."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_stripe_payments import reconcile
from django_stripe_payments.models import SyncCursor, SyncFinding, SyncRun
from django_stripe_payments.reconcile import steps
from django_stripe_payments.reconcile.sync import Sync
from django_stripe_payments.stripe_api.client import get_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def taken() -> list[str]:
    return []


@pytest.fixture
def topups(taken: list[str]) -> Iterator[steps.Step]:
    step = steps.register(steps.Step(name="refills", run=lambda sync: taken.append("refills")))
    yield step
    steps.unregister(step)


def test_a_registered_step_runs_before_the_last_one(
    topups: steps.Step, taken: list[str], stripe_sandbox: Any
) -> None:
    assert list(steps.registered())[-2:] == ["refills", steps.LAST]
    assert reconcile.run().is_clean
    assert taken == ["refills"]


def test_a_step_may_come_before_another_one(topups: steps.Step) -> None:
    early = steps.register(steps.Step(name="early", run=topups.run, before="payments"))
    names = list(steps.registered())
    steps.unregister(early)
    assert names[names.index("early") + 1] == "payments"


def test_the_command_takes_a_registered_step_alone(
    topups: steps.Step, taken: list[str], stripe_sandbox: Any
) -> None:
    call_command("stripe_sync", "--only", "refills")
    assert (taken, SyncRun.objects.get().step) == (["refills"], "refills")


def test_a_second_step_of_a_name_is_refused(topups: steps.Step) -> None:
    with pytest.raises(ValueError, match="'payments'"):
        steps.register(steps.Step(name="payments", run=topups.run))
    assert steps.register(topups) is topups


def test_a_step_that_raises_is_a_finding_and_the_others_follow(
    topups: steps.Step, taken: list[str], stripe_sandbox: Any
) -> None:
    def fail(_sync: Sync) -> None:
        raise RuntimeError("no such topup")

    broken = steps.register(steps.Step(name="broken", run=fail, before="payments"))
    report = reconcile.run()
    steps.unregister(broken)
    assert taken == ["refills"]
    finding = SyncFinding.objects.get()
    assert (finding.kind, finding.object_id, finding.problem) == ("step", "broken", "error")
    assert [item.detail for item in report.needs_review] == ["RuntimeError: no such topup"]


def test_a_run_of_a_removed_step_is_finished_without_it(
    topups: steps.Step, stripe_sandbox: Any
) -> None:
    reconcile.run()
    SyncRun.objects.update(running=True, step="refills", finished_at=None)
    steps.unregister(topups)
    assert reconcile.run().is_clean
    with pytest.raises(CommandError, match="refills"):
        call_command("stripe_sync", "--only", "refills")


def test_a_cursor_moves_past_what_a_step_has_seen(stripe_sandbox: Any, user: Any) -> None:
    seen: list[int] = []

    def compare(sync: Sync) -> None:
        for page in sync.pages_since("cards", get_client().v1.payment_intents.list):
            seen.append(len(page))

    step = steps.register(steps.Step(name="cards", run=compare))
    try:
        get_client().v1.payment_intents.create({"amount": 100, "currency": "usd"})
        reconcile.run(steps=["cards"])
        cursor = SyncCursor.objects.get(name="cards").created
        reconcile.run(steps=["cards"])
    finally:
        steps.unregister(step)
    assert seen == [1, 1]
    assert SyncCursor.objects.get(name="cards").created == cursor
