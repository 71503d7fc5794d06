"""A participant writes in the transaction that changes money, and is rolled back with it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from django_stripe_payments import participants
from django_stripe_payments.exceptions import ConfigurationError, TransactionInProgress
from django_stripe_payments.models import (
    BalanceTransaction,
    Dispute,
    Payment,
    Refund,
    WebhookEvent,
)
from django_stripe_payments.participants import Participant
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.topups.models import Entry
from tests.payments.topups.participant import Journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def take_part() -> Iterator[Callable[[Participant], None]]:
    """Register participants for the length of a test."""
    registered: list[Participant] = []

    def add(participant: Participant) -> None:
        participants.register(participant)
        registered.append(participant)

    yield add
    for participant in registered:
        participants.unregister(participant)


@pytest.fixture
def journal(take_part: Callable[..., None]) -> None:
    take_part(Journal())


def noted(row: Any) -> list[str]:
    about = f"{row._meta.model_name}:{row.pk}"
    return list(Entry.objects.filter(about=about).order_by("pk").values_list("what", flat=True))


class Failing(Participant):
    """Raises in one method, after those before it have written."""

    def __init__(self, method: str) -> None:
        self.method = method
        setattr(self, method, self.fail)

    def fail(self, *_given: Any) -> Any:
        raise RuntimeError(f"{self.method} fails")


def test_a_payment_takes_its_participants_rows_along(
    journal: None, user: Any, stripe_sandbox: Any, client: Any
) -> None:
    payment = StripeService.create_payment_intent(user, "25.00", "ticket")[0]
    assert noted(payment) == ["created"]
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(client)
    stripe_sandbox.deliver(client)
    assert noted(payment) == ["created", "requires_payment_method → succeeded"]


def test_a_refund_and_a_dispute_too(
    journal: None, user: Any, stripe_sandbox: Any, client: Any
) -> None:
    payment = StripeService.create_payment_intent(user, "25.00", "ticket")[0]
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(client)
    refund = StripeService.refund_payment(payment, "5.00")
    stripe_sandbox.deliver(client, duplicates=1.0)
    assert noted(refund) == ["created 500", "pending → succeeded"]
    stripe_sandbox.dispute(payment.stripe_id)
    stripe_sandbox.deliver(client)
    assert noted(Dispute.objects.get())[0] == "needs_response"
    booked = BalanceTransaction.objects.all()
    assert booked
    assert all(noted(each) == [each.type] for each in booked)


def test_a_refund_that_was_found_at_stripe_too(
    journal: None, payment: Payment, stripe_sandbox: Any, client: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    get_client().v1.refunds.create({"payment_intent": str(payment.stripe_id), "amount": 700})
    stripe_sandbox.deliver(client)
    assert noted(Refund.objects.get())[0] == "created 700"


def test_it_adds_parameters_to_the_intent(journal: None, user: Any, stripe_sandbox: Any) -> None:
    payment = StripeService.create_payment_intent(user, "25.00", "ticket", "", {"seat": "7"})[0]
    intent = stripe_sandbox.object(payment.stripe_id)
    assert intent["transfer_group"] == f"group-{payment.pk}"
    assert (intent["metadata"]["journal"], intent["metadata"]["seat"]) == ("yes", "7")


@pytest.mark.parametrize("added", [{"amount": 1}, {"metadata": {"seat": "8"}}])
def test_it_replaces_no_parameter(
    take_part: Callable[..., None], user: Any, stripe_sandbox: Any, added: dict[str, Any]
) -> None:
    class Greedy(Participant):
        def intent_params(self, payment: Payment) -> Mapping[str, Any]:
            return added

    take_part(Greedy())
    with pytest.raises(ConfigurationError, match=r"Greedy sets (amount|seat), which is set"):
        StripeService.create_payment_intent(user, "25.00", "ticket", "", {"seat": "7"})


def test_what_it_raises_refuses_the_payment(
    journal: None, take_part: Callable[..., None], user: Any, stripe_sandbox: Any
) -> None:
    take_part(Failing("payment_created"))
    with pytest.raises(RuntimeError, match="payment_created fails"):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    assert (Payment.objects.count(), Entry.objects.count()) == (0, 0)
    assert not list(stripe_sandbox.world.store.all("payment_intent"))


def test_what_it_raises_refuses_the_refund(
    journal: None, take_part: Callable[..., None], payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    StripeService.confirm_payment(payment)
    before = Entry.objects.count()
    take_part(Failing("refund_created"))
    with pytest.raises(RuntimeError, match="refund_created fails"):
        StripeService.refund_payment(payment)
    payment.refresh_from_db()
    assert (Refund.objects.count(), payment.amount_refunded) == (0, 0)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("method", ["payment_changed", "refund_changed", "dispute_changed"])
def test_news_waits_until_its_participants_agree(
    journal: None,
    payment: Payment,
    stripe_sandbox: Any,
    client: Any,
    method: str,
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    failing = Failing(method)
    if method != "payment_changed":
        stripe_sandbox.deliver(client)
        if method == "refund_changed":
            get_client().v1.refunds.create({"payment_intent": str(payment.stripe_id)})
            stripe_sandbox.deliver(client)
            Refund.objects.update(status="pending")
            participants.register(failing)
            [event] = stripe_sandbox.events("refund.created")[:1]
            # The same news in an event of its own.
            event = {**event, "id": "evt_again"}
        else:
            stripe_sandbox.dispute(payment.stripe_id)
    if method == "refund_changed":
        responses = [stripe_sandbox.post(client, event)]
    else:
        participants.register(failing)
        responses = stripe_sandbox.deliver(client)
    try:
        before = Entry.objects.count()
        assert 500 in {response.status_code for response in responses}
        failed = WebhookEvent.objects.filter(applied_at=None)
        assert all(f"{method} fails" in each.last_error for each in failed)
        assert failed.exists()
    finally:
        participants.unregister(failing)
    if method == "refund_changed":
        assert stripe_sandbox.post(client, event).status_code == 200
    else:
        assert {response.status_code for response in stripe_sandbox.deliver(client)} == {200}
    assert not WebhookEvent.objects.filter(finished_at=None).exists()
    assert Entry.objects.count() > before


@pytest.mark.parametrize("method", ["payment_created", "intent_params"])
def test_it_can_not_call_stripe(
    take_part: Callable[..., None], user: Any, stripe_sandbox: Any, method: str
) -> None:
    class Caller(Participant):
        def payment_created(self, payment: Payment) -> None:
            if method == "payment_created":
                get_client()

        def intent_params(self, payment: Payment) -> Mapping[str, Any]:
            if method == "intent_params":
                get_client()
            return {}

    take_part(Caller())
    with pytest.raises(TransactionInProgress, match="participant"):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    get_client()


def test_it_is_rolled_back_with_the_callers_transaction(
    journal: None, payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    StripeService.confirm_payment(payment)
    before = Entry.objects.count()
    with transaction.atomic():
        StripeService.refund_payment(payment)
        assert Entry.objects.count() == before + 1
        transaction.set_rollback(True)
    assert Entry.objects.count() == before


def test_one_that_does_nothing_costs_no_statement(
    take_part: Callable[..., None], payment: Payment, user: Any, stripe_sandbox: Any, client: Any
) -> None:
    def statements(about: Payment) -> int:
        stripe_sandbox.confirm(about.stripe_id)
        [event] = [
            each
            for each in stripe_sandbox.undelivered()
            if each["type"] == "payment_intent.succeeded"
            and each["data"]["object"]["id"] == about.stripe_id
        ]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            stripe_sandbox.post(client, event)
        return len(captured)

    other = StripeService.create_payment_intent(user, "25.00", "ticket")[0]
    alone = statements(payment)
    take_part(Participant())
    assert statements(other) == alone
