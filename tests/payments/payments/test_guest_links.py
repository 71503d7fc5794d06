"""A guest pays by a signed link that opens one payment, for a while."""

import json
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core import signing
from django.test import Client

from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

DAY = 24 * 60 * 60


@pytest.fixture
def guests(stripe_sandbox: Any, db: None) -> Payment:
    """A payment without a user."""
    return StripeService.create_payment_intent(None, "10.00", "donation", "A coffee")[0]


def token_of(payment: Payment) -> str:
    return parse_qs(urlsplit(payment.guest_checkout_url).query)["token"][0]


def pages(payment: Payment, token: str) -> dict[str, Any]:
    """Return the answers of everything that a payment can be asked for with a token."""
    client = Client()
    urls = {
        "checkout": f"{payment.checkout_url}&token={token}",
        "success": f"{payment.get_absolute_url()}?token={token}",
        "cancel": f"/payments/cancel/?payment_id={payment.pk}&token={token}",
    }
    answers = {name: client.get(url).status_code for name, url in urls.items()}
    return {**answers, "create": create(client, payment, token).status_code}


def create(client: Client, payment: Payment, token: str) -> Any:
    return client.post(
        f"/payments/create-intent/?token={token}",
        data=json.dumps({"payment_id": str(payment.pk)}),
        content_type="application/json",
    )


def test_the_link_opens_every_page_of_the_payment(guests: Payment) -> None:
    assert set(pages(guests, token_of(guests)).values()) == {200}


def test_the_link_opens_on_a_site_whose_every_page_needs_a_login(
    guests: Payment, settings: Any
) -> None:
    login = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, login]
    assert set(pages(guests, token_of(guests)).values()) == {200}


def test_what_the_pages_lead_to_opens_as_well(guests: Payment, stripe_sandbox: Any) -> None:
    client, token = Client(), token_of(guests)
    config = client.get(guests.guest_checkout_url).context["config"]
    for name in ("createIntentUrl", "returnUrl", "cancelUrl"):
        # A token tells the second in which it was made, so two pages may give two.
        assert "token=" in config[name], name
    answer = create(client, guests, token).json()
    stripe_sandbox.confirm(guests.stripe_id, "4242424242424242")
    done = client.get(answer["success_url"])
    assert done.context["state"]["tone"] == "success"
    assert client.get(done.context["state"]["poll_url"]).status_code == 200
    assert "token=" in client.get(guests.guest_checkout_url)["Location"]


def test_the_secret_that_a_bank_sends_back_leaves_the_address(guests: Payment) -> None:
    """It would stay in histories, and go along as Referer."""
    url = f"{guests.get_absolute_url()}?token={token_of(guests)}"
    came = {"payment_intent": guests.stripe_id, "payment_intent_client_secret": "pi_1_secret_2"}
    assert Client().get(f"{url}&{urlencode(came)}")["Location"] == url


def test_after_a_decline_the_guest_comes_back(guests: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(guests.stripe_id, "4000000000000002")
    client, token = Client(), token_of(guests)
    state = client.get(f"{guests.get_absolute_url()}?token={token}").context["state"]
    assert client.get(state["retry_url"]).status_code == 200


def test_a_guest_is_offered_no_saved_cards_and_to_save_none(guests: Payment) -> None:
    page = Client().get(guests.guest_checkout_url)
    assert (page.context["payment_methods"], page.context["can_save_card"]) == ([], False)


def altered(token: str) -> str:
    last = "A" if token[-1] != "A" else "B"
    return token[:-1] + last


@pytest.mark.parametrize("kind", ["altered", "foreign", "other purpose", "old", "empty", "junk"])
def test_a_wrong_token_opens_nothing(guests: Payment, kind: str, settings: Any) -> None:
    other = StripeService.create_payment_intent(None, "10.00", "donation")[0]
    good = token_of(guests)
    signer = signing.TimestampSigner(salt="another purpose", sep=".")
    tokens = {
        "altered": altered(good),
        "foreign": token_of(other),
        "other purpose": signer.sign(str(guests.pk)).partition(".")[2],
        "old": good,
        "empty": "%20",
        "junk": "x.y.z",
    }
    if kind == "old":
        import time

        later = time.time() + settings.STRIPE_GUEST_LINK_MAX_AGE + 60
        with patch("django.core.signing.time.time", return_value=later):
            answers = pages(guests, tokens[kind])
    else:
        answers = pages(guests, tokens[kind])
    assert set(answers.values()) == {404}


def test_without_a_token_the_login_is_asked_for(guests: Payment) -> None:
    assert Client().get(guests.checkout_url).status_code == 302
    assert create(Client(), guests, "").status_code == 403


def test_following_a_link_does_not_make_it_last_longer(guests: Payment) -> None:
    token = token_of(guests)
    page = Client().get(f"/payments/cancel/?payment_id={guests.pk}&token={token}")
    assert page.context["retry_url"].endswith(f"token={token}")


def test_a_users_payment_is_opened_by_no_token(payment: Payment, guests: Payment) -> None:
    """Its link is the ordinary one, and a token that was signed all the same is worth nothing."""
    assert payment.guest_checkout_url == payment.checkout_url
    signed = signing.TimestampSigner(salt="django_stripe_payments.guests", sep=".").sign(
        str(payment.pk)
    )
    assert set(pages(payment, signed.partition(".")[2]).values()) == {404}


def test_a_token_starts_no_other_payment(
    guests: Payment, stripe_sandbox: Any, ticket_type: None
) -> None:
    token = token_of(guests)
    client = Client()
    assert client.get(f"/payments/checkout/?payment_type=ticket&token={token}").status_code == 302
    answer = client.post(
        f"/payments/create-intent/?token={token}",
        data=json.dumps({"payment_type": "ticket", "metadata": {"seat": "7"}}),
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "login_required")
    assert Payment.objects.count() == 1
