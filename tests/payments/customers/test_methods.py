"""Saved cards: one row per card, one default, and nobody's but their owner's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from django_stripe_payments import signals
from django_stripe_payments.exceptions import (
    CardDeclined,
    NotOwner,
    OutcomeUnknown,
    PaymentMethodDetached,
)
from django_stripe_payments.models import (
    ApiOperation,
    AuditLogEntry,
    Customer,
    Fact,
    PaymentMethod,
    SetupIntent,
)
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.cards import attached_at_stripe, default_at_stripe, save

pytestmark = pytest.mark.django_db


def test_a_card_is_saved_as_people_know_it(user: Any, stripe_sandbox: Any) -> None:
    card = StripeService.add_payment_method(user, "pm_card_mastercard")
    assert str(card) == "Mastercard •••• 4444"
    assert (card.customer.user, card.type, card.exp_month) == (user, "card", 12)
    assert stripe_sandbox.object(card.stripe_id)["customer"] == card.customer.stripe_id


def test_the_same_card_twice_is_one_card(user: Any, stripe_sandbox: Any) -> None:
    first = StripeService.add_payment_method(user, "pm_card_visa")
    again = StripeService.add_payment_method(user, "pm_card_visa")
    assert again == first
    assert PaymentMethod.objects.get().stripe_id == first.stripe_id
    assert attached_at_stripe(stripe_sandbox, user) == {first.stripe_id}


def test_a_renewed_card_that_is_saved_again_lives_longer(user: Any, stripe_sandbox: Any) -> None:
    first = StripeService.add_payment_method(user, "pm_card_visa")
    new = get_client().v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    stripe_sandbox.world.store.get("payment_method", new.id)["card"]["exp_year"] += 3
    renewed = StripeService.add_payment_method(user, new.id)
    assert renewed == first
    assert renewed.exp_year == first.exp_year + 3
    assert stripe_sandbox.object(first.stripe_id)["card"]["exp_year"] == renewed.exp_year
    assert attached_at_stripe(stripe_sandbox, user) == {first.stripe_id}


def test_two_people_may_save_the_same_card(user: Any, other_user: Any, stripe_sandbox: Any) -> None:
    mine = StripeService.add_payment_method(user, "pm_card_visa")
    theirs = StripeService.add_payment_method(other_user, "pm_card_visa")
    assert mine.fingerprint == theirs.fingerprint
    assert PaymentMethod.objects.count() == 2


def test_a_removed_card_can_be_saved_anew(user: Any, stripe_sandbox: Any) -> None:
    removed = StripeService.remove_payment_method(
        user, StripeService.add_payment_method(user, "pm_card_visa")
    )
    assert (removed.is_attached, removed.fingerprint) == (False, None)
    assert attached_at_stripe(stripe_sandbox, user) == set()
    anew = StripeService.add_payment_method(user, "pm_card_visa")
    assert StripeService.list_payment_methods(user) == [anew]


def test_a_card_that_went_at_stripe_unheard_does_not_take_its_successor_along(
    user: Any, stripe_sandbox: Any
) -> None:
    gone = StripeService.add_payment_method(user, "pm_card_visa")
    get_client().v1.payment_methods.detach(gone.stripe_id)
    anew = StripeService.add_payment_method(user, "pm_card_visa")
    assert StripeService.list_payment_methods(user) == [anew]
    assert attached_at_stripe(stripe_sandbox, user) == {anew.stripe_id}


def test_removing_twice_is_removing_once(user: Any, stripe_sandbox: Any) -> None:
    card = StripeService.add_payment_method(user, "pm_card_visa")
    for _ in range(2):
        StripeService.remove_payment_method(user, card)
    assert len(stripe_sandbox.events("payment_method.detached")) == 1


def test_a_card_whose_bank_refuses_is_not_saved(user: Any, stripe_sandbox: Any) -> None:
    with pytest.raises(CardDeclined):
        StripeService.add_payment_method(user, "pm_card_visa_chargeDeclined")
    assert PaymentMethod.objects.count() == 0


def test_the_first_card_is_the_default_and_the_list_begins_with_it(
    user: Any, stripe_sandbox: Any
) -> None:
    visa = StripeService.add_payment_method(user, "pm_card_visa")
    mastercard = StripeService.add_payment_method(user, "pm_card_mastercard")
    assert StripeService.list_payment_methods(user) == [visa, mastercard]
    assert default_at_stripe(stripe_sandbox, user) == visa.stripe_id


def test_the_default_is_one_here_and_at_stripe(user: Any, stripe_sandbox: Any) -> None:
    visa, mastercard = save(user, "pm_card_visa", "pm_card_mastercard")
    for method in (mastercard, visa, mastercard):
        chosen = StripeService.set_default_payment_method(user, method)
        assert chosen.is_default
        assert [m.is_default for m in StripeService.list_payment_methods(user)] == [True, False]
        assert default_at_stripe(stripe_sandbox, user) == method.stripe_id


def test_a_removed_default_is_nobodys_default(user: Any, stripe_sandbox: Any) -> None:
    visa, _mastercard = save(user, "pm_card_visa", "pm_card_mastercard")
    StripeService.remove_payment_method(user, visa)
    assert Customer.objects.get().default_payment_method is None
    assert default_at_stripe(stripe_sandbox, user) is None
    with pytest.raises(PaymentMethodDetached):
        StripeService.set_default_payment_method(user, visa)


def test_a_lost_choice_does_not_come_back_later(
    user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    """The answer to one choice is lost, and then another card is chosen."""
    settings.STRIPE_API_MAX_RETRIES = 0
    visa, mastercard = save(user, "pm_card_visa", "pm_card_mastercard")
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/customers/")
    with pytest.raises(OutcomeUnknown):
        StripeService.set_default_payment_method(user, mastercard)
    StripeService.set_default_payment_method(user, visa)
    assert default_at_stripe(stripe_sandbox, user) == visa.stripe_id
    assert Customer.objects.get().default_payment_method == visa


@pytest.mark.parametrize("path", ["attach", "detach"])
def test_a_lost_answer_is_asked_for_again(
    user: Any, stripe_sandbox: Any, settings: Any, path: str
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    method = get_client().v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})

    def work() -> PaymentMethod:
        if path == "attach":
            return StripeService.add_payment_method(user, method.id)
        return StripeService.remove_payment_method(user, method.id)

    if path == "detach":
        StripeService.add_payment_method(user, method.id)
    stripe_sandbox.faults.add("cut", method="POST", path=f"/{path}")
    with pytest.raises(OutcomeUnknown):
        work()
    assert work().is_attached == (path == "attach")
    assert len(stripe_sandbox.events(f"payment_method.{path}ed")) == 1
    assert not ApiOperation.objects.filter(status="unknown").exclude(kind__endswith=path).exists()


@pytest.mark.parametrize("named_by", ["row", "id", "stripe_id"])
@pytest.mark.parametrize("action", ["remove", "set_default", "charge"])
def test_nobody_touches_the_card_of_another(
    user: Any, other_user: Any, stripe_sandbox: Any, action: str, named_by: str
) -> None:
    card = StripeService.add_payment_method(user, "pm_card_visa")
    StripeService.get_or_create_customer(other_user)
    name = {"row": card, "id": card.pk, "stripe_id": card.stripe_id}[named_by]
    attempts = {
        "remove": lambda who: StripeService.remove_payment_method(who, name),
        "set_default": lambda who: StripeService.set_default_payment_method(who, name),
        "charge": lambda who: StripeService.charge_saved_method(who, 10, "fee", name),
    }
    before = len(stripe_sandbox.events())
    for stranger in (other_user, AnonymousUser(), None):
        with pytest.raises(NotOwner):
            attempts[action](stranger)
    assert len(stripe_sandbox.events()) == before
    assert StripeService.list_payment_methods(user) == [card]


def test_the_card_of_another_customer_is_not_taken_over(
    user: Any, other_user: Any, stripe_sandbox: Any
) -> None:
    card = StripeService.add_payment_method(user, "pm_card_visa")
    with pytest.raises(NotOwner):
        StripeService.add_payment_method(other_user, card.stripe_id)
    assert PaymentMethod.objects.get().customer.user == user


@pytest.mark.parametrize("name", ["pm_nothing", "nothing", 0, -1])
def test_what_names_no_card_is_an_error(user: Any, stripe_sandbox: Any, name: Any) -> None:
    with pytest.raises(NotOwner):
        StripeService.remove_payment_method(user, name)


def test_each_is_told_once(user: Any, stripe_sandbox: Any, connect: Callable[..., None]) -> None:
    heard: list[Any] = []
    for name in ("customer_created", "payment_method_attached", "payment_method_detached"):
        connect(
            getattr(signals, name),
            lambda fact, customer, **named: heard.append((fact.kind, customer.user)),
            dispatch_uid=name,
        )
    for _ in range(2):
        card = StripeService.add_payment_method(user, "pm_card_visa")
    for _ in range(2):
        StripeService.remove_payment_method(user, card)
    assert heard == [
        ("customer_created", user),
        ("payment_method_attached", user),
        ("payment_method_detached", user),
    ]


def test_a_set_up_saves_a_card_without_charging(user: Any, stripe_sandbox: Any) -> None:
    row, intent = StripeService.create_setup_intent(user)
    assert (row.stripe_id, row.customer.user) == (intent.id, user)
    assert intent.client_secret
    assert intent.usage == "off_session"
    assert SetupIntent.objects.get().status == "requires_payment_method"


def test_a_lost_set_up_is_found_again(user: Any, stripe_sandbox: Any, settings: Any) -> None:
    from django_stripe_payments.customers import setup as setup_intents

    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/setup_intents")
    with pytest.raises(OutcomeUnknown):
        StripeService.create_setup_intent(user)
    setup_intents.ensure_setup_intent(SetupIntent.objects.get())
    assert len(stripe_sandbox.events("setup_intent.created")) == 1
    assert SetupIntent.objects.get().stripe_id


def test_who_saved_and_removed_is_in_the_audit_log(user: Any, stripe_sandbox: Any) -> None:
    StripeService.remove_payment_method(
        user, StripeService.add_payment_method(user, "pm_card_visa")
    )
    actions = AuditLogEntry.objects.filter(object_type="paymentmethod").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "payment_method.attached",
        "payment_method.detached",
    ]
    assert Fact.objects.filter(announced_at=None).count() == 0
