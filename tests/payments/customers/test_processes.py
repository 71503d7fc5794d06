"""Processes that do the same with a card at the same moment: it is done once."""

import multiprocessing
from collections.abc import Callable
from typing import Any

import pytest

from django_stripe_payments.models import Customer, Fact, Payment, PaymentMethod
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support import card_site, processes
from tests.payments.support.cards import attached_at_stripe, default_at_stripe, save

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def at_once(server: Any, work: Callable[..., None], arguments: list[tuple[Any, ...]]) -> None:
    """Let as many processes work as there are arguments, and begin together."""
    barrier = multiprocessing.get_context("spawn").Barrier(len(arguments))
    running = [processes.start(work, *own, barrier, api_base=server.url) for own in arguments]
    assert processes.join(running) == [0] * len(arguments)


def new_card() -> str:
    return (
        get_client().v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}}).id
    )


def test_the_same_card_from_two_processes_is_one_row(user: Any, stripe_sandbox_server: Any) -> None:
    StripeService.get_or_create_customer(user)
    at_once(stripe_sandbox_server, card_site.attach, [(user.pk, new_card()) for _ in range(4)])
    card = PaymentMethod.objects.get()
    assert attached_at_stripe(stripe_sandbox_server.sandbox, user) == {card.stripe_id}
    assert Fact.objects.filter(kind="payment_method_attached").count() == 1


def test_two_defaults_at_once_end_in_one(user: Any, stripe_sandbox_server: Any) -> None:
    cards = save(user, "pm_card_visa", "pm_card_mastercard")
    at_once(stripe_sandbox_server, card_site.choose, [(user.pk, card.stripe_id) for card in cards])
    default = Customer.objects.get().default_payment_method
    assert default is not None
    assert default.stripe_id == default_at_stripe(stripe_sandbox_server.sandbox, user)


def test_the_same_charge_from_four_processes_is_one_charge(
    user: Any, stripe_sandbox_server: Any
) -> None:
    save(user, "pm_card_visa")
    at_once(stripe_sandbox_server, card_site.charge, [(user.pk,)] * 4)
    charges = list(stripe_sandbox_server.sandbox.world.store.all("charge"))
    assert [charge["amount_captured"] for charge in charges] == [1200]
    assert Payment.objects.get().status == "succeeded"
    assert Fact.objects.filter(kind="payment_succeeded").count() == 1


def test_four_captures_at_once_are_one(user: Any, stripe_sandbox_server: Any) -> None:
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "hire", capture_method="manual"
    )
    stripe_sandbox_server.sandbox.confirm(intent.id, "4242424242424242")
    at_once(stripe_sandbox_server, card_site.capture, [(str(payment.pk),)] * 4)
    assert len(stripe_sandbox_server.sandbox.events("charge.captured")) == 1
    assert Fact.objects.filter(kind="payment_succeeded").count() == 1
