"""A saved card is charged while its owner is away: once, or it is said why not."""

from collections.abc import Callable
from typing import Any

import pytest

from django_stripe_payments import signals
from django_stripe_payments.exceptions import (
    AuthenticationRequired,
    CardDeclined,
    KeyReused,
    NoPaymentMethod,
    OutcomeUnknown,
    PaymentMethodDetached,
)
from django_stripe_payments.models import ApiOperation, Fact, Payment
from django_stripe_payments.services import StripeService
from tests.payments.support.cards import save

pytestmark = pytest.mark.django_db

WANTS_OWNER = "pm_card_authenticationRequired"
BROKE = "pm_card_chargeCustomerFail"


def charge(user: Any, **options: Any) -> Payment:
    return StripeService.charge_saved_method(user, "12.00", "membership", **options)


def money_taken(sandbox: Any) -> int:
    charges = sandbox.world.store.all("charge")
    return sum(charge["amount_captured"] for charge in charges)


def test_a_saved_card_is_charged(user: Any, stripe_sandbox: Any) -> None:
    [card] = save(user, "pm_card_visa")
    payment = charge(user, description="November", metadata={"month": "11"})
    assert (payment.status, payment.amount_received) == ("succeeded", 1200)
    assert (payment.user, payment.payment_method, payment.off_session) == (user, card, True)
    intent = stripe_sandbox.object(payment.stripe_id)
    assert intent["metadata"]["month"] == "11"
    assert intent["payment_method"] == card.stripe_id
    assert Fact.objects.filter(kind="payment_succeeded").count() == 1


def test_the_default_is_charged_where_none_is_named(user: Any, stripe_sandbox: Any) -> None:
    _visa, mastercard = save(user, "pm_card_visa", "pm_card_mastercard")
    StripeService.set_default_payment_method(user, mastercard)
    assert charge(user).payment_method == mastercard


def test_a_named_card_is_charged(user: Any, stripe_sandbox: Any) -> None:
    _visa, mastercard = save(user, "pm_card_visa", "pm_card_mastercard")
    assert charge(user, method=mastercard).payment_method == mastercard


def test_without_a_card_nothing_is_charged(user: Any, stripe_sandbox: Any) -> None:
    with pytest.raises(NoPaymentMethod):
        charge(user)
    [card] = save(user, "pm_card_visa")
    StripeService.remove_payment_method(user, card)
    with pytest.raises(PaymentMethodDetached):
        charge(user, method=card)
    assert Payment.objects.count() == 0


def test_a_decline_is_an_error_with_the_failed_payment(
    user: Any, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(
        signals.payment_failed,
        lambda payment, **named: heard.append(payment.failure_code),
        dispatch_uid="failed",
    )
    save(user, BROKE)
    with pytest.raises(CardDeclined) as declined:
        charge(user)
    payment = declined.value.payment
    assert payment == Payment.objects.get()
    assert payment.status == "requires_payment_method"
    assert heard == [payment.failure_code] == ["generic_decline"]


def test_a_bank_that_wants_the_owner_is_told_once(
    user: Any, stripe_sandbox: Any, connect: Callable[..., None], deliver: Any
) -> None:
    heard: list[Any] = []
    for name in ("payment_authentication_required", "payment_failed"):
        connect(
            getattr(signals, name),
            lambda fact, payment, **named: heard.append((fact.kind, payment)),
            dispatch_uid=name,
        )
    save(user, WANTS_OWNER)
    with pytest.raises(AuthenticationRequired) as asked:
        charge(user)
    payment = asked.value.payment
    for event in stripe_sandbox.events() * 2:
        assert deliver(event).status_code == 200
    assert heard == [("payment_authentication_required", payment)]
    assert payment.authenticate_url == f"/payments/{payment.pk}/authenticate/"


def test_the_owner_comes_and_completes_it(user: Any, stripe_sandbox: Any) -> None:
    [card] = save(user, WANTS_OWNER)
    with pytest.raises(AuthenticationRequired) as asked:
        charge(user)
    payment = asked.value.payment
    assert payment is not None
    stripe_sandbox.confirm(payment.stripe_id, card.stripe_id)
    stripe_sandbox.authenticate(payment.stripe_id)
    assert StripeService.confirm_payment(payment).status == "succeeded"
    assert money_taken(stripe_sandbox) == 1200


def test_a_lost_answer_is_one_charge(user: Any, stripe_sandbox: Any, settings: Any) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    save(user, "pm_card_visa")
    stripe_sandbox.faults.add("cut", method="POST", path="/confirm")
    with pytest.raises(OutcomeUnknown) as lost:
        charge(user, idempotency_key="november")
    payment = charge(user, idempotency_key="november")
    assert payment == lost.value.payment
    assert payment.status == "succeeded"
    assert ApiOperation.objects.get(kind="payment_intent.confirm").status == "succeeded"
    assert money_taken(stripe_sandbox) == 1200


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/confirm"])
def test_a_lost_answer_is_resolved_by_the_event_too(
    user: Any, stripe_sandbox: Any, settings: Any, deliver: Any, path: str
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    save(user, "pm_card_visa")
    stripe_sandbox.faults.add("cut", method="POST", path=path)
    with pytest.raises(OutcomeUnknown) as lost:
        charge(user, idempotency_key="november")
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    payment = charge(user, idempotency_key="november")
    assert payment == lost.value.payment
    assert (payment.status, money_taken(stripe_sandbox)) == ("succeeded", 1200)


def test_the_same_key_is_the_same_charge(user: Any, stripe_sandbox: Any) -> None:
    save(user, "pm_card_visa")
    first, second = (charge(user, idempotency_key="november") for _ in range(2))
    assert first == second
    assert money_taken(stripe_sandbox) == 1200
    assert charge(user, idempotency_key="december") != first


def test_the_key_of_another_user_is_another_key(
    user: Any, other_user: Any, stripe_sandbox: Any
) -> None:
    payments = []
    for who in (user, other_user):
        save(who, "pm_card_visa")
        payments.append(charge(who, idempotency_key="november"))
    assert payments[0] != payments[1]
    assert money_taken(stripe_sandbox) == 2400


def test_a_key_is_not_used_for_something_else(user: Any, stripe_sandbox: Any) -> None:
    save(user, "pm_card_visa")
    charge(user, idempotency_key="november")
    with pytest.raises(KeyReused):
        StripeService.charge_saved_method(user, "13.00", "membership", idempotency_key="november")
    assert money_taken(stripe_sandbox) == 1200


def test_after_a_decline_the_same_key_tries_again_on_the_same_intent(
    user: Any, stripe_sandbox: Any
) -> None:
    save(user, BROKE)
    with pytest.raises(CardDeclined):
        charge(user, idempotency_key="november")
    [good] = save(user, "pm_card_visa")
    payment = charge(user, method=good, idempotency_key="november")
    assert (payment.status, payment.payment_method) == ("succeeded", good)
    assert Payment.objects.get() == payment
    assert len(stripe_sandbox.events("payment_intent.created")) == 1


def test_what_was_paid_on_the_checkout_meanwhile_is_not_charged_again(
    user: Any, stripe_sandbox: Any
) -> None:
    save(user, WANTS_OWNER)
    with pytest.raises(AuthenticationRequired) as asked:
        charge(user, idempotency_key="november")
    assert asked.value.payment is not None
    stripe_sandbox.confirm(asked.value.payment.stripe_id, "4242424242424242")
    assert charge(user, idempotency_key="november").status == "succeeded"
    assert money_taken(stripe_sandbox) == 1200


def test_money_can_be_reserved_off_session(user: Any, stripe_sandbox: Any) -> None:
    save(user, "pm_card_visa")
    payment = charge(user, capture_method="manual")
    assert (payment.status, payment.amount_capturable) == ("requires_capture", 1200)
    assert StripeService.capture_payment(payment, 5).amount_received == 500


def test_paying_can_save_the_card(user: Any, stripe_sandbox: Any, deliver: Any) -> None:
    payment, intent = StripeService.create_payment_intent(user, 25, "ticket", save_card=True)
    assert (payment.save_card, intent.setup_future_usage) == (True, "off_session")
    stripe_sandbox.confirm(intent.id, "4242424242424242")
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    [card] = StripeService.list_payment_methods(user)
    assert card.last4 == "4242"
    assert charge(user).status == "succeeded"
