"""Any app may apply types of events; what came before it did is applied on request."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from django_stripe_payments.database.transactions import own_transaction
from django_stripe_payments.exceptions import TransactionRequired
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import Payment, WebhookEvent
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import webhook_received
from django_stripe_payments.webhooks import endpoints, register_handler, unregister_handler
from tests.payments.support import topups
from tests.payments.topups import apply as topup_apply
from tests.payments.topups.models import Topup
from tests.payments.topups.signals import topup_succeeded

pytestmark = pytest.mark.django_db

TYPES = ["topup.created", "topup.succeeded", "topup.failed", "topup.canceled", "topup.reversed"]


@pytest.fixture
def handle() -> Iterator[Callable[..., None]]:
    """Register functions for the length of a test."""
    registered: list[Any] = []

    def add(handler: Any, *types: str, **options: Any) -> None:
        register_handler(handler, *types, **options)
        registered.append(handler)

    yield add
    for handler in registered:
        unregister_handler(handler)


@pytest.fixture
def no_topups() -> Iterator[None]:
    """The app that handles top-ups is not installed yet."""
    unregister_handler(topup_apply.handle)
    yield
    register_handler(topup_apply.handle, *TYPES)


def stored() -> WebhookEvent:
    return WebhookEvent.objects.get()


def test_an_event_is_applied_by_the_function_of_an_opt_in_app(
    deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(topup_succeeded, lambda topup, event, **named: heard.append((topup, event.type)))
    assert deliver(topups.event("succeeded")).status_code == 200
    topup = Topup.objects.get()
    assert (topup.stripe_id, topup.amount, topup.status) == ("tu_1", 5000, "succeeded")
    assert heard == [(topup, "topup.succeeded")]
    assert stored().finished_at is not None
    assert not stored().unhandled


def test_the_mark_that_it_was_applied_commits_with_what_it_changed(
    deliver: Callable[..., Any], handle: Callable[..., None]
) -> None:
    marks: list[Any] = []

    def fail_the_first_time(event: WebhookEvent, commit_with: Any) -> None:
        with own_transaction():
            commit_with()
            marks.append(stored().applied_at)
            if len(marks) == 1:
                raise RuntimeError("Not now.")

    handle(fail_the_first_time, "pinged")
    ping = topups.event("succeeded", type="pinged")
    assert deliver(ping).status_code == 500
    assert stored().applied_at is None
    assert marks[0] is not None
    assert deliver(ping).status_code == 200
    assert stored().applied_at == marks[1]


def test_a_mark_that_was_rolled_back_and_outlived_is_made_again(
    deliver: Callable[..., Any], handle: Callable[..., None]
) -> None:
    def survive(event: WebhookEvent, commit_with: Any) -> None:
        try:
            with own_transaction():
                commit_with()
                raise RuntimeError("Not now.")
        except RuntimeError:
            pass

    handle(survive, "pinged")
    assert deliver(topups.event("succeeded", type="pinged")).status_code == 200
    assert stored().applied_at is not None
    assert stored().finished_at is not None


def test_the_mark_needs_a_transaction(
    deliver: Callable[..., Any], handle: Callable[..., None]
) -> None:
    handle(lambda event, commit_with: commit_with(), "pinged")
    assert deliver(topups.event("succeeded", type="pinged")).status_code == 500
    assert TransactionRequired.__name__ in stored().last_error


def test_the_apps_own_method_comes_first_and_only_the_last_one_marks(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    handle: Callable[..., None],
) -> None:
    seen: list[Any] = []

    def look(event: WebhookEvent, commit_with: Any) -> None:
        event.refresh_from_db()
        seen.append((Payment.objects.get(pk=payment.pk).status, event.applied_at))
        if len(seen) == 1:
            raise RuntimeError("Not now.")

    handle(look, "payment_intent.succeeded")
    stripe_sandbox.confirm(payment.stripe_id)
    [event] = stripe_sandbox.events("payment_intent.succeeded")
    assert deliver(event).status_code == 500
    assert deliver(event).status_code == 200
    assert seen == [("succeeded", None)] * 2


def test_a_registered_type_is_subscribed() -> None:
    assert set(TYPES) <= endpoints.event_types()


def test_a_thin_event_goes_to_the_function_of_its_snapshot(
    payment: Payment, stripe_sandbox: Any, client: Any, handle: Callable[..., None]
) -> None:
    seen: list[str] = []
    handle(lambda event, commit_with: seen.append(event.data_object["id"]), "charge.succeeded")
    stripe_sandbox.confirm(payment.stripe_id)
    [event] = stripe_sandbox.events("charge.succeeded")
    assert stripe_sandbox.post_thin(client, event).status_code == 200
    assert seen == [event["data"]["object"]["id"]]


def test_an_event_of_an_account_goes_to_functions_for_accounts_alone(
    deliver: Callable[..., Any], handle: Callable[..., None]
) -> None:
    seen: list[str] = []
    handle(lambda event, commit_with: seen.append(event.account), "topup.succeeded", connected=True)
    deliver(topups.event("succeeded", account="acct_1"))
    assert seen == ["acct_1"]
    assert not Topup.objects.exists()
    deliver(topups.event("succeeded", number=2))
    assert seen == ["acct_1"]
    # A live endpoint gets the test events of accounts, and the other way round.
    deliver(topups.event("succeeded", number=3, account="acct_1", livemode=True))
    assert seen == ["acct_1"]


def test_what_came_before_its_handler_is_applied_on_request(
    deliver: Callable[..., Any], connect: Callable[..., None], no_topups: None
) -> None:
    received: list[str] = []
    connect(webhook_received, lambda event, **named: received.append(event.stripe_id))
    assert deliver(topups.event("succeeded")).status_code == 200
    assert deliver(topups.event("succeeded", number=2, account="acct_1")).status_code == 200
    event = WebhookEvent.objects.get(object_id="tu_1")
    assert event.unhandled
    assert event.finished_at is not None
    assert reopened() == "0 events reopened."
    register_handler(topup_apply.handle, *TYPES)
    # Not by itself: staff may not want to hear of what is long over.
    sweep()
    assert not Topup.objects.exists()
    assert reopened() == "1 events reopened."
    assert Topup.objects.get().status == "succeeded"
    event.refresh_from_db()
    assert event.finished_at is not None
    assert not event.unhandled
    assert reopened() == "0 events reopened."
    assert sorted(received) == ["evt_tu_1_succeeded", "evt_tu_2_succeeded"]


def reopened() -> str:
    out = io.StringIO()
    call_command("stripe_deliver", "--unhandled", stdout=out)
    return out.getvalue().splitlines()[0]


def test_an_event_that_a_method_applied_is_not_reopened(
    user: Any, stripe_sandbox: Any, client: Any
) -> None:
    StripeService.create_payment_intent(user, "25.00", "ticket")
    stripe_sandbox.deliver(client)
    assert not WebhookEvent.objects.filter(unhandled=True, type="payment_intent.created").exists()
