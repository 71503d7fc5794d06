"""Many processes at once, and processes that are killed: everything is there once."""

import multiprocessing
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.utils import timezone

from django_stripe_payments.models import Fact, Payment, ReceiverDelivery, WebhookEvent
from django_stripe_payments.services import StripeService
from tests.payments.support import processes, site, topups
from tests.payments.topups.models import Topup

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PROCESSES = 8
DELIVERIES = 50


@pytest.fixture
def paid(user: Any, stripe_sandbox_server: Any, settings: Any) -> tuple[Payment, dict[str, Any]]:
    """A payment that was paid, and the event that says so; the sandbox listens on a port."""
    payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    stripe_sandbox_server.sandbox.confirm(intent.id, "4242424242424242")
    return payment, stripe_sandbox_server.sandbox.events("payment_intent.succeeded")[0]


@pytest.fixture
def connected() -> Any:
    """The site's receivers, in this process too."""
    site.connect()
    yield
    site.disconnect()


@pytest.fixture
def topped_up(user: Any, stripe_sandbox_server: Any) -> tuple[type[Topup], dict[str, Any]]:
    """A top-up that arrived, which an opt-in app mirrors, and the event that says so."""
    return Topup, topups.event("succeeded")


def assert_everything_is_there_once(row: Any) -> None:
    """Look at a payment, or at the only row of a model."""
    if isinstance(row, type):
        row = row._default_manager.get()
    row.refresh_from_db()
    assert row.status == "succeeded"
    assert sorted(LogEntry.objects.values_list("object_repr", flat=True)) == [
        f"registered {row.pk}",
        f"thanked {row.pk}",
    ]
    assert Fact.objects.about(row).get().announced_at is not None
    assert WebhookEvent.objects.get().finished_at is not None
    delivered = ReceiverDelivery.objects.exclude(delivered_at=None)
    assert sorted(delivered.values_list("receiver", flat=True)) == [
        "tests.payments.support.site.register",
        "tests.payments.support.site.thank",
    ]


def test_fifty_deliveries_by_eight_processes_with_reloads(
    paid: tuple[Payment, dict[str, Any]], stripe_sandbox_server: Any, user: Any
) -> None:
    payment, event = paid
    body, headers = stripe_sandbox_server.sandbox.signed(event)
    barrier = multiprocessing.get_context("spawn").Barrier(PROCESSES)
    share = -(-DELIVERIES // PROCESSES)
    running = [
        processes.start(
            site.deliver_often,
            *(body, headers, share, barrier, payment.get_absolute_url(), user.pk),
            api_base=stripe_sandbox_server.url,
        )
        for _ in range(PROCESSES)
    ]
    assert processes.join(running) == [0] * PROCESSES
    assert_everything_is_there_once(payment)


@pytest.mark.parametrize("recovery", ["redelivery", "sweep"])
@pytest.mark.parametrize("point", site.POINTS)
@pytest.mark.parametrize(("kind", "story"), [("payment", "paid"), ("topup", "topped_up")])
def test_killed(
    request: pytest.FixtureRequest,
    kind: str,
    story: str,
    stripe_sandbox_server: Any,
    connected: None,
    point: str,
    recovery: str,
) -> None:
    row, event = request.getfixturevalue(story)
    body, headers = stripe_sandbox_server.sandbox.signed(event)
    arguments = (point, kind, body, headers)
    killed = processes.start(site.die_at, *arguments, api_base=stripe_sandbox_server.url)
    assert processes.join([killed]) == [-9]
    event_row = WebhookEvent.objects.get()
    assert event_row.finished_at is None
    assert event_row.leased_until is not None
    # Time passes, until nobody waits for the process that died.
    WebhookEvent.objects.update(leased_until=timezone.now())
    if recovery == "redelivery":
        assert site.post(body, headers) == 200
    else:
        call_command("stripe_deliver")
    assert_everything_is_there_once(row)


def test_many_tabs_that_ask_at_once_get_one_payment(stripe_sandbox_server: Any, user: Any) -> None:
    barrier = multiprocessing.get_context("spawn").Barrier(4)
    running = [
        processes.start(site.ask_for_a_seat, barrier, user.pk, api_base=stripe_sandbox_server.url)
        for _ in range(4)
    ]
    assert processes.join(running) == [0] * 4
    assert Payment.objects.count() == 1
    assert len(stripe_sandbox_server.sandbox.events("payment_intent.created")) == 1
