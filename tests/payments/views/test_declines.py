"""Why a payment failed, in the customer's language: never Stripe's own text."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from django_stripe_payments.models import Payment, declines

pytestmark = pytest.mark.django_db

ENGLISH = "Your card has insufficient funds. Try another card."
GERMAN = "Ihre Karte ist nicht ausreichend gedeckt. Verwenden Sie eine andere Karte."


@pytest.mark.parametrize(("language", "message"), [("en", ENGLISH), ("de", GERMAN)])
def test_a_decline_is_explained_in_the_customers_language(
    own_client: Client, payment: Payment, stripe_sandbox: Any, language: str, message: str
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4000000000009995")
    with translation.override(language):
        state = own_client.get(payment.get_absolute_url()).context["state"]
        page = own_client.get(f"/payments/{payment.pk}/").content.decode()
    assert state["message"] == message
    assert message in page


def test_a_failed_3d_secure_check_is_explained_to_the_customer(payment: Payment) -> None:
    payment.failure_code = "payment_intent_authentication_failure"
    payment.failure_message = "The provided PaymentMethod has failed authentication."
    assert payment.failure_display == (
        "Your bank could not verify your identity. Try again, or use another card."
    )


def test_a_payment_without_a_failure_explains_none(payment: Payment) -> None:
    assert payment.failure_display == ""


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card"])
def test_a_customer_does_not_learn_what_the_bank_suspects(code: str) -> None:
    assert declines.explain(code) == declines.explain("generic_decline")


def test_an_unknown_code_gets_a_general_message() -> None:
    assert declines.explain("from_next_year").startswith("The payment did not go through.")


def test_every_decline_is_translated() -> None:
    english = declines.messages()
    with translation.override("de"):
        german = declines.messages()
    assert english.keys() == german.keys()
    assert [code for code in english if english[code] == german[code]] == []


def test_the_scripts_get_the_explanations_from_the_page(
    own_client: Client, payment: Payment
) -> None:
    with translation.override("de"):
        config = own_client.get(payment.checkout_url).context["config"]
    assert config["declines"]["insufficient_funds"] == GERMAN
