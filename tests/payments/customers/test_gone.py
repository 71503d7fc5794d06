"""A customer that is gone at Stripe is forgotten, made again once, and the payment goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from django_stripe_payments.exceptions import PaymentMethodDetached
from django_stripe_payments.models import Customer, Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["deleted", "another account"])
def gone(request: Any, user: Any, stripe_sandbox: Any) -> str:
    """The id of the user's customer, which Stripe does not know any more; a card went with it."""
    StripeService.add_payment_method(user, "pm_card_visa")
    stripe_id = Customer.objects.get().known_stripe_id
    if request.param == "deleted":
        get_client().v1.customers.delete(stripe_id)
    else:
        for table in ("customer", "payment_method"):
            stripe_sandbox.world.store.tables[table].clear()
    return stripe_id


WORK: dict[str, Callable[[Any], Any]] = {
    "pay": lambda user: StripeService.create_payment_intent(user, "25.00", "ticket"),
    "set up": lambda user: StripeService.create_setup_intent(user),
    "add a card": lambda user: StripeService.add_payment_method(user, "pm_card_mastercard"),
}


@pytest.mark.parametrize("work", WORK)
def test_it_is_made_again_once_and_the_work_goes_on(
    gone: str, user: Any, stripe_sandbox: Any, work: str
) -> None:
    for _ in range(2):
        WORK[work](user)
    customer = Customer.objects.get()
    assert customer.stripe_id not in (None, gone)
    assert len(stripe_sandbox.events("customer.created")) == 2
    assert stripe_sandbox.object(customer.stripe_id)["metadata"] == {"django_user_id": str(user.pk)}


def test_its_cards_are_not_offered_any_more(gone: str, user: Any) -> None:
    StripeService.create_payment_intent(user, "25.00", "ticket")
    assert StripeService.list_payment_methods(user) == []


def test_a_card_that_went_with_it_is_not_charged(gone: str, user: Any) -> None:
    with pytest.raises(PaymentMethodDetached):
        StripeService.charge_saved_method(user, 10, "fee")
    assert Payment.objects.get().status == "requires_payment_method"
    assert StripeService.list_payment_methods(user) == []


def test_a_card_that_went_with_it_is_no_default(gone: str, user: Any) -> None:
    [card] = StripeService.list_payment_methods(user)
    with pytest.raises(PaymentMethodDetached):
        StripeService.set_default_payment_method(user, card)
    assert StripeService.list_payment_methods(user) == []


def test_a_card_that_went_with_it_can_be_removed(gone: str, user: Any) -> None:
    [card] = StripeService.list_payment_methods(user)
    assert not StripeService.remove_payment_method(user, card).is_attached
