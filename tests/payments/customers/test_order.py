"""Saved cards and the default end alike, in whatever order and however often events arrive."""

import itertools
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_stripe_payments import reconcile
from django_stripe_payments.customers import apply as method_apply
from django_stripe_payments.models import (
    ApiOperation,
    Customer,
    Fact,
    PaymentMethod,
    SetupIntent,
    WebhookEvent,
)
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.conftest import UserFactory
from tests.payments.support.cards import attached_at_stripe, default_at_stripe

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def attach(customer: str, card: str = "visa") -> str:
    """Attach a card at Stripe, as the dashboard does; return its id."""
    return get_client().v1.payment_methods.attach(f"pm_card_{card}", {"customer": customer}).id


def make_default(customer: str, method: str) -> None:
    settings = {"invoice_settings": {"default_payment_method": method}}
    get_client().v1.customers.update(customer, settings)  # type: ignore[arg-type]


def outcome(user: Any) -> dict[str, Any]:
    columns = ("stripe_id", "brand", "last4", "exp_year", "fingerprint")
    default = Customer.objects.get().default_payment_method
    return {
        "saved": sorted(PaymentMethod.objects.filter(detached_at=None).values_list(*columns)),
        "default": default and default.stripe_id,
        "setups": list(SetupIntent.objects.values_list("status", flat=True)),
        "facts": sorted(
            Fact.objects.filter(subject_type="paymentmethod").values_list("kind", flat=True)
        ),
    }


def forget(*more: Any) -> None:
    for model in (Fact, WebhookEvent, PaymentMethod, *more):
        model.objects.all().delete()
    SetupIntent.objects.update(status="requires_payment_method")


@pytest.fixture
def customer(user: Any, stripe_sandbox: Any) -> str:
    return str(StripeService.get_or_create_customer(user).stripe_id)


def test_any_permutation_ends_alike(
    user: Any, customer: str, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    _row, intent = StripeService.create_setup_intent(user)
    saved = stripe_sandbox.confirm(intent.id, "4242424242424242")["payment_method"]
    mastercard = attach(customer, "mastercard")
    get_client().v1.payment_methods.update(saved, {"card": {"exp_month": 11}})
    make_default(customer, saved)
    get_client().v1.payment_methods.detach(mastercard)
    story = [
        {**event, "created": 1_800_000_000}
        for event in stripe_sandbox.events()
        if event["type"].startswith(("payment_method.", "setup_intent.succ", "customer.upd"))
    ]
    assert len(story) == 6
    shuffler = random.Random(7)  # noqa: S311
    ends = []
    for order in shuffler.sample(list(itertools.permutations(story)), 60):
        for event in [*order, shuffler.choice(order)]:
            assert deliver(event).status_code == 200
        ends.append(outcome(user))
        forget()
    assert ends[0]["default"] == saved
    assert [row[0] for row in ends[0]["saved"]] == [saved]
    assert ends[0]["setups"] == ["succeeded"]
    assert ends[0]["facts"] == ["payment_method_attached"]
    assert all(end == ends[0] for end in ends)


def test_news_as_it_happens_is_told_as_it_happens(
    user: Any, customer: str, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    method = attach(customer)
    deliver(stripe_sandbox.events("payment_method.attached")[0])
    assert PaymentMethod.objects.get().stripe_id == method
    get_client().v1.payment_methods.detach(method)
    deliver(stripe_sandbox.events("payment_method.detached")[0])
    deliver(stripe_sandbox.events("payment_method.attached")[0])
    assert not PaymentMethod.objects.get().is_attached
    assert outcome(user)["facts"] == ["payment_method_attached", "payment_method_detached"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_copy_attached_elsewhere_stays_and_is_the_default_in_any_order(
    user: Any,
    customer: str,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    order: tuple[int, ...],
) -> None:
    """The dashboard, or another system, may pay a subscription with it."""
    saved = StripeService.add_payment_method(user, "pm_card_visa")
    copy = attach(customer)
    make_default(customer, copy)
    *_, first, second = stripe_sandbox.events("payment_method.attached")
    story = [first, second, stripe_sandbox.events("customer.updated")[-1]]
    for event in [*(story[number] for number in order), *story]:
        assert deliver(event).status_code == 200
    assert attached_at_stripe(stripe_sandbox, user) == {saved.stripe_id, copy}
    assert {row[0] for row in outcome(user)["saved"]} == {saved.stripe_id, copy}
    assert outcome(user)["default"] == copy == default_at_stripe(stripe_sandbox, user)
    assert stripe_sandbox.events("payment_method.detached") == []


def save_by_setup(user: Any, sandbox: Any) -> str:
    """Save a card by a set-up of this site, as the page for adding cards does."""
    _row, intent = StripeService.create_setup_intent(user)
    return str(sandbox.confirm(intent.id, "4242424242424242")["payment_method"])


def test_a_copy_that_our_own_setup_attached_is_dropped_after_a_lost_answer(
    user: Any, customer: str, stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    kept = StripeService.add_payment_method(user, "pm_card_visa")
    save_by_setup(user, stripe_sandbox)
    deliver(stripe_sandbox.events("payment_method.attached")[-1])
    [news] = stripe_sandbox.events("setup_intent.succeeded")
    stripe_sandbox.faults.add("cut", method="POST", path="/detach")
    assert deliver(news).status_code == 500
    assert deliver(news).status_code == 200
    assert attached_at_stripe(stripe_sandbox, user) == {kept.stripe_id}
    assert len(stripe_sandbox.events("payment_method.detached")) == 1


@pytest.mark.parametrize("reason", ["default", "late", "again"])
def test_a_copy_of_our_own_setup_stays_if_it_is_the_default_or_no_longer_news(
    user: Any, customer: str, stripe_sandbox: Any, deliver: Callable[..., Any], reason: str
) -> None:
    kept = StripeService.add_payment_method(user, "pm_card_visa")
    copy = save_by_setup(user, stripe_sandbox)
    if reason == "default":
        make_default(customer, copy)
    elif reason == "late":
        SetupIntent.objects.update(created_at=timezone.now() - timedelta(days=3))
    else:
        SetupIntent.objects.update(status="succeeded")
    assert deliver(stripe_sandbox.events("setup_intent.succeeded")[0]).status_code == 200
    assert attached_at_stripe(stripe_sandbox, user) == {kept.stripe_id, copy}


def test_a_sync_of_customers_that_another_system_made_detaches_nothing(
    user: Any, customer: str, stripe_sandbox: Any
) -> None:
    methods = {attach(customer), attach(customer), attach(customer, "mastercard")}
    paying = sorted(methods)[0]
    make_default(customer, paying)
    reconcile.run(steps=["payment_methods"])
    assert attached_at_stripe(stripe_sandbox, user) == methods
    assert {row[0] for row in outcome(user)["saved"]} == methods
    assert outcome(user)["default"] == paying
    assert reconcile.run(steps=["payment_methods"]).repaired == []


def test_the_card_of_a_strangers_customer_is_not_ours(
    stripe_sandbox: Any, db: None, deliver: Callable[..., Any]
) -> None:
    """Two sites may share one Stripe account."""
    theirs = get_client().v1.customers.create().id
    make_default(theirs, attach(theirs))
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    assert PaymentMethod.objects.count() == 0


def test_a_default_that_is_not_known_yet_is_saved_first(
    user: Any, customer: str, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    method = attach(customer)
    make_default(customer, method)
    deliver(stripe_sandbox.events("customer.updated")[0])
    assert outcome(user)["default"] == method


ACTIONS = ["save", "add", "remove", "default", "dashboard", "deliver"]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(ACTIONS), max_size=12),
    shuffler=st.randoms(use_true_random=False),
)
def test_any_story_in_any_order_ends_as_stripe_says(
    db: None,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    steps: list[str],
    shuffler: random.Random,
) -> None:
    # Examples share the test's database and sandbox, and must not see each other.
    forget(SetupIntent, Customer, ApiOperation)
    stripe_sandbox.reset()
    user = UserFactory()
    customer = str(StripeService.get_or_create_customer(user).stripe_id)
    cards = ["visa", "mastercard", "amex"]

    def events() -> list[dict[str, Any]]:
        wanted = ("payment_method.", "customer.updated")
        return [e for e in stripe_sandbox.events() if e["type"].startswith(wanted)]

    for step in steps:
        ours = StripeService.list_payment_methods(user)
        methods = stripe_sandbox.world.store.all("payment_method")
        theirs = [method["id"] for method in methods if method["customer"]]
        if step == "save":
            attach(customer, shuffler.choice(cards))
        elif step == "add":
            StripeService.add_payment_method(user, f"pm_card_{shuffler.choice(cards)}")
        elif step == "remove" and ours:
            StripeService.remove_payment_method(user, shuffler.choice(ours))
        elif step == "default" and theirs:
            make_default(customer, shuffler.choice(theirs))
        elif step == "dashboard" and theirs:
            get_client().v1.payment_methods.detach(shuffler.choice(theirs))
        elif step == "deliver" and events():
            assert deliver(shuffler.choice(events())).status_code == 200
    # What we do about duplicates makes events of its own.
    done: set[str] = set()
    while rest := [event for event in events() if event["id"] not in done]:
        last = rest * 2
        shuffler.shuffle(last)
        for event in last:
            assert deliver(event).status_code == 200
        done |= {event["id"] for event in rest}

    saved = PaymentMethod.objects.filter(customer__user=user, detached_at=None)
    assert set(saved.values_list("stripe_id", flat=True)) == attached_at_stripe(
        stripe_sandbox, user
    )
    user.stripe_customer.refresh_from_db()
    default = user.stripe_customer.default_payment_method
    assert (default and default.stripe_id) == default_at_stripe(stripe_sandbox, user)


@pytest.fixture
def after_reading(stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let something happen between Stripe's answer to one GET of a path and what we do with it."""

    def add(path: str, act: Callable[[], Any]) -> None:
        handle = stripe_sandbox.app.handle

        def late(method: str, target: str, *rest: Any) -> Any:
            answer = handle(method, target, *rest)
            if (method, target.split("?")[0]) == ("GET", path):
                monkeypatch.setattr(stripe_sandbox.app, "handle", handle)
                act()
            return answer

        monkeypatch.setattr(stripe_sandbox.app, "handle", late)

    return add


def test_a_card_that_goes_while_it_is_being_saved_is_gone(
    user: Any,
    customer: str,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    after_reading: Callable[..., None],
) -> None:
    """Its removal is reported before there is a row to remove, and must not be overwritten."""
    method = attach(customer)

    def remove() -> None:
        get_client().v1.payment_methods.detach(method)
        assert deliver(stripe_sandbox.events("payment_method.detached")[0]).status_code == 200

    after_reading(f"/v1/payment_methods/{method}", remove)
    deliver(stripe_sandbox.events("payment_method.attached")[0])
    assert not PaymentMethod.objects.get().is_attached


def test_old_news_of_the_default_does_not_overwrite_new_news(
    user: Any,
    customer: str,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    after_reading: Callable[..., None],
) -> None:
    first, second = attach(customer), attach(customer, "mastercard")
    make_default(customer, first)

    def change() -> None:
        make_default(customer, second)
        assert deliver(stripe_sandbox.events("customer.updated")[1]).status_code == 200

    after_reading(f"/v1/customers/{customer}", change)
    deliver(stripe_sandbox.events("customer.updated")[0])
    assert outcome(user)["default"] == second


def test_new_news_of_the_default_overwrites_old_news(
    user: Any,
    customer: str,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    after_reading: Callable[..., None],
) -> None:
    """Another process read before the change, and writes between our reading and our writing."""
    first, second = attach(customer), attach(customer, "mastercard")
    make_default(customer, second)

    def write() -> None:
        Customer.objects.update(default_payment_method=method_apply.refresh(first))

    after_reading(f"/v1/customers/{customer}", write)
    deliver(stripe_sandbox.events("customer.updated")[0])
    assert outcome(user)["default"] == second
