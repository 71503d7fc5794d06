"""An intent that Stripe made itself becomes one payment, whoever brings the news first."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_stripe_payments import participants, payment_types, reconcile, signals
from django_stripe_payments.exceptions import UnknownPaymentType
from django_stripe_payments.models import AuditLogEntry, Charge, Payment, Refund, WebhookEvent
from django_stripe_payments.payments import claims
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.topups.claims import claim
from tests.payments.topups.models import Entry
from tests.payments.topups.participant import Journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def claimed() -> Iterator[None]:
    """An app claims intents."""
    claims.register(claim)
    yield
    claims.unregister(claim)


def foreign_intent(sandbox: Any, customer: str | None = None, **metadata: str) -> str:
    """Make an intent that this site knows nothing of, and let it be paid."""
    owner: Any = {} if customer is None else {"customer": customer}
    made = get_client().v1.payment_intents.create(
        {"amount": 4200, "currency": "usd", "metadata": metadata, **owner}
    )
    sandbox.confirm(made.id)
    return made.id


def test_an_unknown_intent_is_claimed_as_a_payment_like_any_other(
    claimed: None,
    connect: Callable[..., None],
    user: Any,
    stripe_sandbox: Any,
    client: Any,
) -> None:
    heard: list[Payment] = []
    connect(signals.payment_succeeded, lambda payment, **named: heard.append(payment))
    customer = StripeService.get_or_create_customer(user)
    intent = foreign_intent(stripe_sandbox, customer.stripe_id, topup="7")
    stripe_sandbox.deliver(client, duplicates=1.0)
    payment = Payment.objects.get()
    assert heard == [payment]
    assert (payment.stripe_id, payment.amount, payment.amount_received) == (intent, 4200, 4200)
    assert (payment.payment_type, payment.description) == ("invoice", "Top-up 7")
    assert (payment.metadata, payment.user, payment.customer) == ({"topup": "7"}, user, customer)
    assert payment.fee_is_final
    refund = StripeService.refund_payment(payment, "2.00")
    assert refund.status == Refund.Status.SUCCEEDED
    assert AuditLogEntry.objects.filter(action="payment.claimed").count() == 1


def test_an_intent_that_no_app_knows_stays_unknown(
    claimed: None, stripe_sandbox: Any, client: Any
) -> None:
    foreign_intent(stripe_sandbox)
    assert {each.status_code for each in stripe_sandbox.deliver(client)} == {200}
    assert not Payment.objects.exists()


def test_every_order_of_the_events_ends_alike(
    claimed: None, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    intent = foreign_intent(stripe_sandbox, topup="7")
    get_client().v1.refunds.create({"payment_intent": intent, "amount": 700})
    wanted = ("payment_intent.succeeded", "charge.succeeded", "refund.created", "charge.refunded")
    events = [event for event in stripe_sandbox.events() if event["type"] in wanted]
    assert len(events) == len(wanted)
    ends = []
    for order in itertools.permutations(events):
        for event in (*order, order[0]):
            assert deliver(event).status_code == 200
        payment = Payment.objects.get()
        ends.append(
            (
                payment.status,
                payment.amount_refunded,
                sorted(payment.facts.values_list("kind", flat=True)),
                list(Charge.objects.values_list("stripe_id", "payment__stripe_id")),
            )
        )
        Refund.objects.all().delete()
        Payment.objects.all().delete()
        WebhookEvent.objects.all().delete()
    assert ends[0][:2] == ("succeeded", 700)
    assert all(end == ends[0] for end in ends)


def test_a_claim_that_was_overtaken_returns_the_first_row(
    claimed: None, stripe_sandbox: Any
) -> None:
    """The other process inserts between our look and our insert."""
    intent = foreign_intent(stripe_sandbox, topup="7")
    first: list[Payment | None] = []

    def be_slow(news: Any) -> Any:
        if not first:
            first.append(None)
            first[0] = claims.find_or_claim(news)
        return claim(news)

    claims.unregister(claim)
    claims.register(be_slow)
    participants.register(journal := Journal())
    try:
        second = claims.find_or_claim(stripe_sandbox.object(intent))
    finally:
        participants.unregister(journal)
        claims.unregister(be_slow)
    assert second == first[0] == Payment.objects.get()
    assert Entry.objects.filter(what="created").count() == 1
    assert AuditLogEntry.objects.filter(action="payment.claimed").count() == 1


def test_the_reconciliation_claims_what_no_event_brought(
    claimed: None, stripe_sandbox: Any
) -> None:
    intent = foreign_intent(stripe_sandbox, topup="7")
    foreign_intent(stripe_sandbox)
    report = reconcile.run(steps=["payments"])
    assert [each.object_id for each in report.findings] == [intent]
    assert Payment.objects.get().status == "succeeded"
    assert reconcile.run(steps=["payments"]).is_clean


def test_a_claimed_payment_is_not_canceled_as_abandoned(
    claimed: None, stripe_sandbox: Any, client: Any, settings: Any
) -> None:
    settings.STRIPE_SYNC_ABANDONED_AFTER = 60
    made = get_client().v1.payment_intents.create(
        {"amount": 4200, "currency": "usd", "metadata": {"topup": "7"}}
    )
    stripe_sandbox.deliver(client)
    Payment.objects.update(created_at=timezone.now() - timedelta(days=9))
    reconcile.run()
    assert stripe_sandbox.object(made.id)["status"] == "requires_payment_method"
    assert Payment.objects.get().is_claimed


def test_a_reserved_type_is_refused_to_browsers_and_to_the_sites_code(user: Any) -> None:
    with pytest.raises(ValueError, match="reserved"):
        payment_types.register_payment_type("invoice")
    with pytest.raises(UnknownPaymentType):
        payment_types.quote(user, "invoice", {})
    with pytest.raises(ValueError, match="reserved"):
        StripeService.create_payment_intent(user, "25.00", "invoice")
