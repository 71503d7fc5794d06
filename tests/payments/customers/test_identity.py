"""The name and the address of a user at Stripe: optional, and never out of date for long."""

from typing import Any

import pytest

from django_stripe_payments.customers.customer import identity_of
from django_stripe_payments.models import ApiOperation, Customer
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

REFUSED = "name@com"


def at_stripe(sandbox: Any) -> tuple[Any, Any]:
    customer = sandbox.object(Customer.objects.get().stripe_id)
    return customer["email"], customer["name"]


def pay(user: Any) -> None:
    payment, _intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    assert payment.customer is not None
    assert payment.customer.stripe_id


def test_an_address_that_stripe_refuses_stops_no_payment(user: Any, stripe_sandbox: Any) -> None:
    user.email = REFUSED
    user.save()
    for _ in range(3):
        pay(user)
    assert at_stripe(stripe_sandbox)[0] is None
    refused = ApiOperation.objects.filter(status=ApiOperation.Status.FAILED).order_by("created_at")
    assert [each.kind.partition(" ")[0] for each in refused] == [
        "customer.create",
        "customer.update",
    ]
    assert all("Invalid email address" in each.error for each in refused)
    user.email = "name@example.com"
    user.save()
    pay(user)
    assert at_stripe(stripe_sandbox)[0] == "name@example.com"
    assert Customer.objects.get().email == "name@example.com"


def test_a_changed_name_or_address_reaches_stripe(user: Any, stripe_sandbox: Any) -> None:
    pay(user)
    user.first_name, user.last_name, user.email = "Ada", "King", "ada@example.org"
    user.save()
    pay(user)
    assert at_stripe(stripe_sandbox) == ("ada@example.org", "Ada King")
    events = len(stripe_sandbox.events("customer.updated"))
    pay(user)
    assert len(stripe_sandbox.events("customer.updated")) == events == 1


def test_what_changes_back_reaches_stripe_again(user: Any, stripe_sandbox: Any) -> None:
    addresses = ["a@example.com", "b@example.com", "a@example.com", "b@example.com"]
    for address in addresses:
        user.email = address
        user.save()
        pay(user)
        assert at_stripe(stripe_sandbox)[0] == address


def test_a_blank_name_here_erases_none_at_stripe(user: Any, stripe_sandbox: Any) -> None:
    user.first_name = "Ada"
    user.save()
    pay(user)
    user.first_name = ""
    user.save()
    pay(user)
    assert at_stripe(stripe_sandbox)[1] == "Ada"


def test_a_silent_stripe_keeps_the_old_name_and_stops_nothing(
    user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    pay(user)
    user.first_name = "Ada"
    user.save()
    stripe_sandbox.faults.add("error", method="POST", path="/v1/customers/", status=500)
    pay(user)


class Nameless:
    """A user model without the optional methods, or whose methods return nothing."""


@pytest.mark.parametrize(
    ("attributes", "identity"),
    [
        ({}, ("", "")),
        ({"get_full_name": lambda: None, "email": None}, ("", "")),
        ({"get_full_name": "Ada", "email": "a@b.example"}, ("a@b.example", "Ada")),
        ({"get_email_field_name": lambda: "mail", "mail": "a@b.example"}, ("a@b.example", "")),
        ({"get_full_name": lambda: " x" * 300}, ("", ("x " * 300)[:255])),
    ],
)
def test_optional_parts_of_a_user_model_are_optional(
    attributes: dict[str, Any], identity: tuple[str, str]
) -> None:
    user = Nameless()
    for name, value in attributes.items():
        setattr(user, name, value)
    found = identity_of(user)
    assert (found["email"], found["name"]) == identity


def test_a_user_without_a_full_name_can_pay(
    user: Any, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(user), "get_full_name", lambda self: None)
    pay(user)
    assert at_stripe(stripe_sandbox)[1] is None
