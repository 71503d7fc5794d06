"""The façade: customers, intents, confirmation."""

from decimal import Decimal
from typing import Any

import pytest
import stripe
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from django_stripe_payments.exceptions import (
    ConfigurationError,
    InvalidAmount,
    InvalidMetadata,
    OutcomeUnknown,
    PaymentNotFound,
    StripeCallFailed,
    TransactionInProgress,
)
from django_stripe_payments.models import ApiOperation, AuditLogEntry, Customer, Payment
from django_stripe_payments.payments import intents
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db


def test_a_payment_and_its_intent_agree(user: Any, stripe_sandbox: Any) -> None:
    payment, intent = StripeService.create_payment_intent(
        user=user,
        amount=Decimal("25.00"),
        payment_type="tournament_fee",
        description="Spring Cup",
        metadata={"tournament_id": 5},
    )
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.client_secret
    assert (payment.stripe_id, payment.amount, payment.currency) == (intent.id, 2500, "usd")
    assert (intent.amount, intent.currency, intent.description) == (2500, "usd", "Spring Cup")
    assert payment.metadata == {"tournament_id": 5}
    assert intent.metadata is not None
    assert intent.metadata["tournament_id"] == "5"
    assert intent.customer == payment.customer.stripe_id


def test_a_user_has_one_customer(user: Any, stripe_sandbox: Any) -> None:
    first = StripeService.get_or_create_customer(user)
    second = StripeService.get_or_create_customer(user)
    assert first == second
    assert len(stripe_sandbox.events("customer.created")) == 1


@pytest.mark.parametrize("guest", [None, AnonymousUser()])
def test_a_guest_can_pay(guest: Any, stripe_sandbox: Any, db: None) -> None:
    payment, _ = StripeService.create_payment_intent(guest, 10, "donation")
    assert payment.user is None
    assert Customer.objects.count() == 0


def test_the_callers_metadata_is_left_alone(user: Any, stripe_sandbox: Any) -> None:
    metadata = {"seat": 7}
    payment, _ = StripeService.create_payment_intent(user, 10, "ticket", metadata=metadata)
    assert metadata == {"seat": 7}
    assert payment.metadata is not metadata


@pytest.mark.parametrize("amount", [25.0, "0", "25.001", None])
def test_a_bad_amount_writes_nothing(user: Any, stripe_sandbox: Any, amount: Any) -> None:
    with pytest.raises(InvalidAmount):
        StripeService.create_payment_intent(user, amount, "ticket")
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    "metadata",
    [
        {f"key{n}": n for n in range(50)},
        {"k" * 41: 1},
        {"seat[1]": 1},
        {"": 1},
        {1: 1},
        {"seat": "x" * 501},
        {"seat": {"row": 1}},
        {"seat": Decimal(1)},
        {"seat": float("nan")},
        {"seat": "a\0b"},
        {"seat": "\ud800"},
    ],
)
def test_metadata_that_stripe_refuses_is_refused_here(
    user: Any, stripe_sandbox: Any, metadata: Any
) -> None:
    with pytest.raises(InvalidMetadata):
        StripeService.create_payment_intent(user, 10, "ticket", metadata=metadata)


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_stripe_is_not_called(user: Any, stripe_sandbox: Any) -> None:
    with pytest.raises(TransactionInProgress, match="non_atomic_requests"), transaction.atomic():
        StripeService.create_payment_intent(user, 10, "ticket")
    assert stripe_sandbox.events() == []


def test_what_stripe_refuses_is_our_error(user: Any, stripe_sandbox: Any) -> None:
    with pytest.raises(StripeCallFailed) as refused:
        StripeService.create_payment_intent(user, "0.10", "ticket")
    assert refused.value.code == "amount_too_small"
    assert ApiOperation.objects.get(kind="payment_intent.create").status == "failed"


def test_without_a_key_the_error_names_the_setting(
    user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(ConfigurationError, match="STRIPE_SECRET_KEY"):
        StripeService.create_payment_intent(user, 10, "ticket")


@pytest.mark.parametrize("method", ["id", "stripe_id", "itself", "text"])
def test_a_payment_is_confirmed_by_whatever_names_it(
    payment: Payment, stripe_sandbox: Any, method: str
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    names = {
        "id": payment.pk,
        "text": str(payment.pk),
        "stripe_id": payment.stripe_id,
        "itself": payment,
    }
    confirmed = StripeService.confirm_payment(names[method])
    assert confirmed.status == "succeeded"
    assert confirmed.amount_received == 2500
    assert confirmed.succeeded_at is not None


@pytest.mark.parametrize("name", ["pi_nothing", "nothing", "00000000-0000-0000-0000-000000000000"])
def test_what_names_no_payment_is_an_error(stripe_sandbox: Any, db: None, name: str) -> None:
    with pytest.raises(PaymentNotFound):
        StripeService.confirm_payment(name)


def test_a_lost_answer_ends_in_one_intent(user: Any, stripe_sandbox: Any) -> None:
    StripeService.get_or_create_customer(user)
    payment = intents.create_payment(user, "25.00", "ticket")
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/payment_intents", times=3)
    with pytest.raises(OutcomeUnknown):
        intents.ensure_intent(payment)
    assert ApiOperation.objects.get(kind="payment_intent.create").status == "unknown"

    payment.refresh_from_db()
    intent = intents.ensure_intent(payment)

    assert len(stripe_sandbox.events("payment_intent.created")) == 1
    payment.refresh_from_db()
    assert payment.stripe_id == intent.id
    assert ApiOperation.objects.get(kind="payment_intent.create").status == "succeeded"


def test_a_process_that_dies_before_it_notes_the_id_finds_it_again(
    payment: Payment, stripe_sandbox: Any
) -> None:
    known = payment.stripe_id
    Payment.objects.filter(pk=payment.pk).update(stripe_id=None)
    payment.refresh_from_db()
    assert intents.ensure_intent(payment).id == known
    assert len(stripe_sandbox.events("payment_intent.created")) == 1


def test_an_expired_key_is_not_used_again(payment: Payment, stripe_sandbox: Any) -> None:
    """After a day Stripe may have forgotten the key, so the intent is looked up instead."""
    from datetime import timedelta

    from django.utils import timezone

    ApiOperation.objects.filter(kind="payment_intent.create").update(
        status="unknown", stripe_id="", created_at=timezone.now() - timedelta(hours=24)
    )
    known = payment.stripe_id
    Payment.objects.filter(pk=payment.pk).update(stripe_id=None)
    payment.refresh_from_db()
    assert intents.ensure_intent(payment).id == known
    assert len(stripe_sandbox.events("payment_intent.created")) == 1


def test_who_did_it_is_in_the_audit_log_and_no_secret_is(payment: Payment) -> None:
    written = list(AuditLogEntry.objects.order_by("id").values_list("action", flat=True))
    assert written == ["payment.created", "customer.created"]
    assert "_secret_" not in repr(list(AuditLogEntry.objects.values()))
    assert "_secret_" not in repr(list(ApiOperation.objects.values()))


@pytest.mark.parametrize("kind", ["customers", "payment_intents"])
def test_an_error_that_stripe_only_repeats_locks_nobody_out(
    user: Any, stripe_sandbox: Any, settings: Any, kind: str
) -> None:
    """Stripe stores a 500 under the key and says it again for a day."""
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add(
        "error", method="POST", path=f"/v1/{kind}", status=500, executed=False
    )
    payment = intents.create_payment(user, "25.00", "ticket")
    with pytest.raises(OutcomeUnknown):
        intents.ensure_intent(payment)
    payment.refresh_from_db()
    assert intents.ensure_intent(payment).client_secret
    assert len(stripe_sandbox.events("customer.created")) == 1
    assert len(stripe_sandbox.events("payment_intent.created")) == 1


def test_a_live_key_is_sent_to_nobody_but_stripe(settings: Any) -> None:
    from django_stripe_payments.stripe_api.client import get_client

    settings.STRIPE_SECRET_KEY = "sk_live_1"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    with pytest.raises(ConfigurationError, match="live key"):
        get_client()
