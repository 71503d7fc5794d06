"""What a timer runs beside the sweep: the tasks of Celery and of Django do the work itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_stripe_payments import tasks, webhooks
from django_stripe_payments.maintenance import sweep
from django_stripe_payments.models import Payment, SyncRun, WebhookEvent
from django_stripe_payments.services import StripeService
from django_stripe_payments.workers import django_task_list as django_tasks
from tests.payments.reconcile.test_runs import begun_by
from tests.payments.support.refunding import VISA

pytestmark = pytest.mark.django_db

KINDS = {
    "celery": lambda name: getattr(tasks, name).apply(throw=True),
    "django": lambda name: django_tasks.TASKS[name].func(),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def work(request: Any) -> Callable[[str], Any]:
    return request.param


def test_the_sweep_leaves_an_event_until_its_next_attempt_is_due(
    payment: Payment, stripe_sandbox: Any
) -> None:
    webhooks.record_event(stripe_sandbox.events("payment_intent.created")[0])
    WebhookEvent.objects.update(next_attempt_at=timezone.now() + timedelta(hours=1))
    assert (sweep.sweep().events, sweep.sweep(only_due=False).events) == (0, 1)


def test_the_sweep_goes_on_after_a_chunk(
    user: Any, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "CHUNK", 1)
    for _ in range(3):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    for event in stripe_sandbox.events("payment_intent.created"):
        webhooks.record_event(event)
    assert sweep.sweep().events == 3


def test_reconciling_finds_a_payment_of_which_no_webhook_came(
    work: Callable[[str], Any], payment: Payment, stripe_sandbox: Any
) -> None:
    StripeService.confirm_payment(payment)
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    work("reconcile")
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert SyncRun.objects.get().finished_at


def test_reconciling_leaves_it_to_a_run_that_is_still_at_it(
    work: Callable[[str], Any], stripe_sandbox: Any
) -> None:
    begun_by("elsewhere:1")
    work("reconcile")
    assert SyncRun.objects.get().owner == "elsewhere:1"


def test_pruning_empties_old_payloads(
    work: Callable[[str], Any], payment: Payment, stripe_sandbox: Any, deliver: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    for event in stripe_sandbox.events():
        deliver(event)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=500))
    work("prune")
    assert {event.pruned_at is None for event in WebhookEvent.objects.all()} == {False}


def test_every_celery_task_is_acknowledged_when_it_is_done() -> None:
    """A killed worker of a prefork pool has acknowledged nothing that it had not finished."""
    from django_stripe_payments import tasks
    from django_stripe_payments.workers import work

    names = [name for name, task in vars(tasks).items() if hasattr(task, "acks_late")]
    assert {"process_event", "prune"} <= set(names)
    assert all(getattr(tasks, name).acks_late and hasattr(work, name) for name in names)
