"""What kills its process leaves a trace before it is tried, and keeps nothing else waiting.

The defaults apply: attempts, leases and delays. Only the clock is helped along.
"""

import signal
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from django_stripe_payments.disputes import apply as dispute_apply
from django_stripe_payments.models import (
    Dispute,
    Fact,
    Payment,
    ReceiverDelivery,
    Refund,
    SyncFinding,
    SyncRun,
    WebhookEvent,
)
from django_stripe_payments.refunds.create import reserve
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api import attempts
from django_stripe_payments.webhooks import record_event
from tests.payments.support import poison_site, processes
from tests.payments.support.refunding import paid_payment

pytestmark = pytest.mark.django_db(transaction=True)

KILLED = -signal.SIGKILL
COUNT = 6


def paid_at_stripe(user: Any, sandbox: Any) -> list[Payment]:
    """Payments whose success Stripe knows of, and the site does not yet."""
    payments = [
        StripeService.create_payment_intent(user, "25.00", "ticket", "A ticket")[0]
        for _ in range(COUNT)
    ]
    for payment in payments:
        sandbox.confirm(payment.stripe_id, "4242424242424242")
    return payments


@pytest.fixture
def stored(user: Any, stripe_sandbox: Any) -> list[Payment]:
    """The same, with the events of it stored, in the order of the payments."""
    paid = paid_at_stripe(user, stripe_sandbox)
    events = stripe_sandbox.events("payment_intent.succeeded")
    by_intent = {event["data"]["object"]["id"]: event for event in events}
    for payment in paid:
        record_event(by_intent[payment.stripe_id])
    return paid


def run(work: Any, *arguments: str, api_base: str = "") -> int | None:
    return processes.join([processes.start(work, *arguments, api_base=api_base)])[0]


def let_the_lease_end() -> None:
    leased = WebhookEvent.objects.filter(leased_until__isnull=False)
    leased.update(leased_until=timezone.now())


def heard() -> set[str]:
    return set(LogEntry.objects.values_list("object_repr", flat=True))


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_an_event_that_kills_its_process_keeps_no_other_waiting(
    options: tuple[str, ...], stored: list[Payment]
) -> None:
    poison, *others = (str(payment.pk) for payment in stored)
    codes = []
    for _ in range(4):
        codes.append(run(poison_site.sweep, poison, *options))
        let_the_lease_end()
    assert codes[0] == KILLED
    assert heard() >= set(others)
    assert WebhookEvent.objects.filter(finished_at=None).count() == 1
    event = WebhookEvent.objects.get(finished_at=None)
    assert event.attempts >= 1
    assert "killed" in event.last_error
    assert event.next_attempt_at is not None
    killer = ReceiverDelivery.objects.get(receiver="kill", delivered_at=None)
    assert killer.attempts >= 1
    assert "killed" in killer.last_error
    if not options:
        # Put off: the sweep comes to its end.
        assert codes[-1] == 0
        assert killer.next_attempt_at is not None
        assert killer.next_attempt_at > timezone.now()


def test_a_receiver_that_kills_its_process_keeps_no_receiver_waiting(
    stored: list[Payment],
) -> None:
    poison = str(stored[0].pk)
    for _ in range(4):
        run(poison_site.sweep, poison)
        let_the_lease_end()
        later = timezone.now()
        WebhookEvent.objects.filter(finished_at=None).update(next_attempt_at=later)
    assert poison in heard()


def test_a_fact_that_kills_its_process_keeps_no_fact_waiting(stored: list[Payment]) -> None:
    # Nothing listened when the events were finished, and these facts have no event to be found by.
    poison, *others = (str(payment.pk) for payment in stored)
    assert run(poison_site.sweep, "nothing") == 0
    LogEntry.objects.all().delete()
    ReceiverDelivery.objects.all().delete()
    Fact.objects.update(announced_at=None, event=None)
    assert run(poison_site.sweep, poison) == KILLED
    assert run(poison_site.sweep, poison) == 0
    assert heard() == {poison, *others}
    killer = ReceiverDelivery.objects.get(delivered_at=None)
    assert (killer.receiver, killer.attempts) == ("kill", 1)


def test_an_object_that_kills_the_reconciliation_is_put_aside(
    user: Any, stripe_sandbox_server: Any
) -> None:
    paid = paid_at_stripe(user, stripe_sandbox_server.sandbox)
    poison = str(paid[2].pk)
    api_base = stripe_sandbox_server.url
    codes = [run(poison_site.compare, poison, api_base=api_base) for _ in range(4)]
    assert codes[0] == KILLED
    assert codes[-1] == 0
    assert SyncRun.objects.filter(finished_at__isnull=False).exists()
    paid_here = Payment.objects.filter(status=Payment.Status.SUCCEEDED)
    assert set(paid_here) == set(paid) - {paid[2]}
    finding = SyncFinding.objects.filter(outcome=SyncFinding.Outcome.NEEDS_REVIEW).last()
    assert finding is not None
    assert finding.object_id == paid[2].stripe_id
    assert "killed" in finding.detail


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_a_refund_that_kills_its_process_keeps_no_refund_waiting(
    options: tuple[str, ...], user: Any, stripe_sandbox_server: Any
) -> None:
    sandbox, api_base = stripe_sandbox_server.sandbox, stripe_sandbox_server.url
    payments = [paid_payment(sandbox, user) for _ in range(4)]
    poison, *others = [reserve(payment, "7.00", "") for payment in payments]
    Refund.objects.update(created_at=timezone.now() - 2 * attempts.left_behind())
    codes = [run(poison_site.refund, str(poison.pk), *options, api_base=api_base) for _ in range(2)]
    assert codes == [KILLED, KILLED if options else 0]
    assert set(Refund.objects.filter(status="succeeded")) == set(others)


def test_a_deadline_that_kills_its_process_keeps_no_deadline_waiting(
    user: Any, stripe_sandbox: Any
) -> None:
    payments = [paid_payment(stripe_sandbox, user) for _ in range(4)]
    for payment in payments:
        dispute_apply.apply(stripe_sandbox.dispute(payment.stripe_id))
    Dispute.objects.update(evidence_due_by=timezone.now() + timedelta(days=1))
    poison, *others = (str(payment.pk) for payment in payments)
    codes = [run(poison_site.remind, poison) for _ in range(2)]
    assert codes == [KILLED, 0]
    assert heard() == set(others)
    killer = ReceiverDelivery.objects.get(receiver="kill", delivered_at=None)
    assert (killer.attempts, "killed" in killer.last_error) == (1, True)
