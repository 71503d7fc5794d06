"""Customer sessions and ephemeral keys: what a mobile app gets for a customer's saved methods."""

import re
from typing import Any

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox

from ..support.conformity import check

SHEET: Any = {"mobile_payment_element": {"enabled": True}}
VERSION: Any = {"stripe_version": "2020-08-27"}


def test_a_session_says_what_the_sheet_may_do(client: Any, customer: Any) -> None:
    features = {"payment_method_redisplay": "enabled", "payment_method_save": "disabled"}
    components = {"mobile_payment_element": {"enabled": True, "features": features}}
    made = client.v1.customer_sessions.create({"customer": customer.id, "components": components})
    check(made)
    assert re.fullmatch(r"cuss_secret_\w+", made.client_secret)
    assert made.customer == customer.id
    shown = made.components.mobile_payment_element
    assert (shown.enabled, shown.features.payment_method_redisplay) == (True, "enabled")
    assert not made.components.customer_sheet.enabled


@pytest.mark.parametrize(
    "components",
    [
        {},
        {"mobile_payment_element": {"enabled": False}},
        {"mobile_payment_element": {"enabled": True, "features": {"payment_method_save": "on"}}},
        {
            "customer_sheet": {
                "enabled": True,
                "features": {"payment_method_allow_redisplay_filters": ["sometimes"]},
            }
        },
        {"payment_element": {"enabled": True}},
    ],
)
def test_a_session_that_does_not_hold_is_refused(
    client: Any, customer: Any, components: Any
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customer_sessions.create({"customer": customer.id, "components": components})


def test_nothing_is_opened_for_a_customer_that_is_not_there(client: Any, customer: Any) -> None:
    client.v1.customers.delete(customer.id)
    for name in (customer.id, "cus_unknown"):
        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            client.v1.customer_sessions.create({"customer": name, "components": SHEET})
        with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
            client.v1.ephemeral_keys.create({"customer": name}, VERSION)
    for create in (
        lambda: client.v1.customer_sessions.create({"components": SHEET}),
        lambda: client.v1.ephemeral_keys.create({}, VERSION),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="customer"):
            create()


def test_a_key_is_of_the_version_that_the_app_expects(client: Any, customer: Any) -> None:
    made = client.v1.ephemeral_keys.create({"customer": customer.id}, VERSION)
    assert made.secret.startswith("ek_test_")
    assert made.associated_objects[0].id == customer.id
    assert client.v1.ephemeral_keys.delete(made.id).id == made.id
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        client.v1.ephemeral_keys.delete(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="Stripe-Version"):
        client.v1.ephemeral_keys.create({"customer": customer.id}, {"stripe_version": "newest"})


def test_a_page_gets_neither(sandbox: Sandbox, client: Any, customer: Any) -> None:
    page = stripe.StripeClient("pk_test_x", http_client=sandbox.http_client())
    with pytest.raises(stripe.AuthenticationError, match="publishable"):
        page.v1.customer_sessions.create({"customer": customer.id, "components": SHEET})
    with pytest.raises(stripe.AuthenticationError, match="publishable"):
        page.v1.ephemeral_keys.create({"customer": customer.id}, VERSION)
    assert client.v1.customers.retrieve(customer.id)
