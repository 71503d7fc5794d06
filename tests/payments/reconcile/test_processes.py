"""A reconciliation that is killed goes on from where it was, and several at once do no harm."""

import multiprocessing
from collections import Counter
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from django_stripe_payments import reconcile
from django_stripe_payments.models import BalanceTransaction, Payment, Refund, SyncRun
from django_stripe_payments.services import StripeService
from tests.payments.support import processes, reconcile_site, site
from tests.payments.support.reconciling import OBJECTS, content
from tests.payments.support.refunding import VISA, in_dashboard, sum_at_stripe, sum_here

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PAYMENTS = 5


@pytest.fixture
def unheard(user: Any, stripe_sandbox_server: Any) -> Any:
    """Payments, refunds and a payout of which no webhook told; returns the sandbox."""
    sandbox = stripe_sandbox_server.sandbox
    for number in range(PAYMENTS):
        payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
        sandbox.confirm(intent.id, VISA)
        if number % 2:
            in_dashboard(payment, 700)
    sandbox.finish_payout(sandbox.pay_out()["id"])
    return sandbox


@pytest.fixture
def connected() -> Any:
    site.connect()
    yield
    site.disconnect()


def assert_everything_is_there_once(sandbox: Any) -> None:
    payments = Payment.objects.all()
    assert [payment.status for payment in payments] == ["succeeded"] * PAYMENTS
    heard = Counter(LogEntry.objects.values_list("object_repr", flat=True))
    words = ("registered", "thanked")
    assert heard == Counter(f"{word} {payment.pk}" for payment in payments for word in words)
    for payment in payments:
        assert payment.fee_is_final
        assert sum_here(payment) == sum_at_stripe(sandbox, payment)
    assert (
        BalanceTransaction.objects.exclude(payment=None).count()
        == PAYMENTS + Refund.objects.count()
    )


@pytest.mark.parametrize(
    ("steps", "after"),
    [(None, 0), ([*OBJECTS, "leftovers"], 2)],
    ids=["events", "objects"],
)
@pytest.mark.parametrize("point", reconcile_site.POINTS)
def test_killed(
    unheard: Any,
    stripe_sandbox_server: Any,
    connected: None,
    point: str,
    after: int,
    steps: list[str] | None,
) -> None:
    killed = processes.start(
        reconcile_site.reconcile_and_die, point, after, steps, api_base=stripe_sandbox_server.url
    )
    died = processes.join([killed]) == [-9]
    # The kill may come too late for a point that is passed seldom.
    assert died or after
    assert SyncRun.objects.filter(running=True).exists() == died
    report = reconcile.run(steps=steps)
    assert report.resumed == died
    assert not report.needs_review
    assert SyncRun.objects.count() == (1 if died else 2)
    assert_everything_is_there_once(unheard)
    before = content()
    assert reconcile.run(steps=steps).is_clean
    assert content() == before


def test_every_repair_is_in_the_report_of_a_run_that_was_killed(
    unheard: Any, stripe_sandbox_server: Any, connected: None
) -> None:
    killed = processes.start(
        reconcile_site.reconcile_and_die,
        "django_stripe_payments.payments.apply.apply",
        *(3, OBJECTS),
        api_base=stripe_sandbox_server.url,
    )
    assert processes.join([killed]) == [-9]
    assert Payment.objects.filter(status="succeeded").count() == 3
    report = reconcile.run(steps=OBJECTS)
    named = {item.object_id for item in report.repaired if item.kind == "payment_intent"}
    assert named == set(Payment.objects.values_list("stripe_id", flat=True))


def test_several_at_once_do_no_harm(
    unheard: Any, stripe_sandbox_server: Any, connected: None
) -> None:
    barrier = multiprocessing.get_context("spawn").Barrier(3)
    running = [
        processes.start(
            reconcile_site.reconcile_beside, barrier, api_base=stripe_sandbox_server.url
        )
        for _ in range(3)
    ]
    assert processes.join(running) == [0, 0, 0]
    reconcile.run()
    assert_everything_is_there_once(unheard)
