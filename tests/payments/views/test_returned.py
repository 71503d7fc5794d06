"""Back from the bank: with or without a session, no client secret stays anywhere."""

from typing import Any

import pytest
from django.test import Client

from django_stripe_payments.customers.setup import create_setup_intent
from django_stripe_payments.models import Payment

pytestmark = pytest.mark.django_db

QUERY = {"payment_intent": "pi_1", "redirect_status": "succeeded"}


def secret_of(sandbox: Any, stripe_id: str | None) -> str:
    secret = sandbox.object(stripe_id)["client_secret"]
    assert "_secret_" in secret
    return str(secret)


@pytest.mark.parametrize("who", ["owner", "other", "nobody"])
def test_the_secret_is_dropped_before_anything_is_answered(
    user: Any, other_user: Any, payment: Payment, stripe_sandbox: Any, who: str
) -> None:
    _row, setup = create_setup_intent(user)
    client = Client()
    if who != "nobody":
        client.force_login(user if who == "owner" else other_user)
    back = [
        (payment.get_absolute_url(), "payment_intent", payment.stripe_id),
        ("/payments/methods/add/", "setup_intent", setup.id),
        ("/payments/checkout/", "payment_intent", payment.stripe_id),
    ]
    for path, name, stripe_id in back:
        secret = secret_of(stripe_sandbox, stripe_id)
        query = {name: stripe_id, f"{name}_client_secret": secret, "redirect_status": "succeeded"}
        answer = client.get(path, query, follow=True)
        chain = [url for url, _status in answer.redirect_chain]
        assert chain, path
        assert secret not in f"{chain} {answer.request}", path
        assert secret not in answer.content.decode(), path


def test_without_a_session_the_page_is_neutral(payment: Payment) -> None:
    page = Client().get(payment.get_absolute_url(), QUERY)
    text = page.content.decode()
    assert page.status_code == 200
    assert "You are back from your bank" in text
    assert f'href="{payment.get_absolute_url()}"' in text
    assert "25.00" not in text
    # The customer who follows the link logs in.
    assert Client().get(payment.get_absolute_url()).status_code == 302


def test_with_a_session_it_is_the_result(payment: Payment, own_client: Client) -> None:
    page = own_client.get(payment.get_absolute_url(), QUERY)
    assert "25.00" in page.content.decode()


def test_a_script_without_a_session_gets_its_refusal(payment: Payment) -> None:
    accept = {"Accept": "application/json"}
    assert Client().get(payment.get_absolute_url(), QUERY, headers=accept).status_code == 403
