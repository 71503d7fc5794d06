"""The pages and the JSON endpoint: who may see what, and who decides the price."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments.exceptions import PriceUnavailable
from django_stripe_payments.models import Payment
from django_stripe_payments.payment_types import (
    Price,
    register_payment_type,
    unregister_payment_type,
)
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

CREATE = "/payments/create-intent/"
SLOW_CARD = "pm_card_processing"


def ask(client: Client, **data: Any) -> Any:
    return client.post(CREATE, data=json.dumps(data), content_type="application/json")


def message(response: Any) -> str:
    error = response.json()["error"]
    assert error["message"]
    return str(error["code"])


def test_a_browser_names_type_and_object_and_the_server_the_price(
    own_client: Client, user: Any, stripe_sandbox: Any, ticket_type: None
) -> None:
    response = ask(own_client, payment_type="ticket", metadata={"seat": "7", "vip": "yes"})
    payment = Payment.objects.get()
    assert response.status_code == 200
    assert response.json() == {
        "payment_id": str(payment.pk),
        "client_secret": stripe_sandbox.object(payment.stripe_id)["client_secret"],
        "amount": 2500,
        "currency": "usd",
        "status": "requires_payment_method",
        "success_url": f"http://testserver/payments/success/{payment.pk}/",
    }
    assert (payment.user, payment.amount, payment.metadata) == (user, 2500, {"seat": "7"})


@pytest.mark.parametrize("amount", [25, "25.00", 25.0])
def test_the_right_amount_may_be_sent_along(
    own_client: Client, stripe_sandbox: Any, ticket_type: None, amount: Any
) -> None:
    response = ask(own_client, payment_type="ticket", metadata={"seat": "7"}, amount=amount)
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (1, "price_mismatch"),
        ("0.01", "price_mismatch"),
        (2500, "price_mismatch"),
        (-25, "invalid_amount"),
        ("free", "invalid_amount"),
        ([25], "invalid_amount"),
        (True, "invalid_amount"),
        (1e999, "invalid_amount"),
    ],
)
def test_a_tampered_amount_changes_nothing(
    own_client: Client, stripe_sandbox: Any, ticket_type: None, amount: Any, code: str
) -> None:
    response = ask(own_client, payment_type="ticket", metadata={"seat": "7"}, amount=amount)
    assert (response.status_code, message(response)) == (400, code)
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ({"payment_type": "yacht"}, 400, "unknown_payment_type"),
        ({}, 400, "unknown_payment_type"),
        ({"payment_type": "ticket", "metadata": {"seat": "13"}}, 400, "price_unavailable"),
        ({"payment_type": "ticket", "metadata": "seat"}, 400, "bad_request"),
        ({"payment_type": ["ticket"]}, 400, "bad_request"),
        ({"payment_id": 7}, 400, "bad_request"),
        ({"payment_id": "x"}, 404, "not_found"),
        ({"payment_id": "pi_\0"}, 404, "not_found"),
        ({"payment_id": "pi_\ud800"}, 400, "bad_request"),
        ({"payment_type": "ticket", "metadata": {}}, 400, "price_unavailable"),
        ({"payment_method": "pm_\0"}, 404, "payment_method_not_found"),
        ({"payment_method": "9" * 5000}, 404, "payment_method_not_found"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(
    own_client: Client,
    stripe_sandbox: Any,
    ticket_type: None,
    data: Any,
    status: int,
    code: str,
) -> None:
    response = ask(own_client, **data)
    assert (response.status_code, message(response)) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        b'"' * 70_000,
        b'{"amount": 1e99999999999999999999}',
    ],
)
def test_what_is_not_json_is_a_400(own_client: Client, body: bytes) -> None:
    response = own_client.post(CREATE, data=body, content_type="application/json")
    assert (response.status_code, message(response)) == (400, "bad_request")


def test_coming_back_goes_on_with_the_same_payment(
    own_client: Client, stripe_sandbox: Any, ticket_type: None
) -> None:
    ids = {
        ask(own_client, payment_type="ticket", metadata={"seat": "7"}).json()["payment_id"]
        for _ in range(2)
    }
    assert len(ids) == 1
    other = ask(own_client, payment_type="ticket", metadata={"seat": "8"}).json()["payment_id"]
    assert other not in ids


@pytest.fixture
def offer() -> Iterator[dict[str, str]]:
    """A type whose price changes; without a price it is sold out."""
    terms = {"price": "20.00"}

    @register_payment_type("offer")
    def resolve(user: Any, metadata: Any) -> Price:
        if not terms["price"]:
            raise PriceUnavailable("Sold out.")
        return Price(amount=terms["price"], metadata={"seat": metadata["place"]})

    yield terms
    unregister_payment_type("offer")


def start_offer(client: Client) -> Any:
    return ask(client, payment_type="offer", metadata={"place": "7"})


def test_one_thing_has_one_payable_intent_at_the_price_of_now(
    own_client: Client, stripe_sandbox: Any, offer: dict[str, str]
) -> None:
    first = start_offer(own_client).json()
    offer["price"] = "35.00"
    second = start_offer(own_client).json()
    assert (first["amount"], second["amount"]) == (2000, 3500)
    assert start_offer(own_client).json()["payment_id"] == second["payment_id"]
    statuses = {str(p.pk): p.status for p in Payment.objects.all()}
    assert statuses == {
        first["payment_id"]: "canceled",
        second["payment_id"]: "requires_payment_method",
    }
    intents = stripe_sandbox.world.store.all("payment_intent")
    assert sorted(intent["status"] for intent in intents) == ["canceled", "requires_payment_method"]


@pytest.mark.parametrize(
    ("price", "code"), [("35.00", "price_mismatch"), ("", "price_unavailable")]
)
def test_resuming_asks_for_the_price_again_and_cancels_what_is_not_sold_at_it(
    own_client: Client, stripe_sandbox: Any, offer: dict[str, str], price: str, code: str
) -> None:
    begun = start_offer(own_client).json()
    same = ask(own_client, payment_id=begun["payment_id"])
    assert same.json()["client_secret"] == begun["client_secret"]
    offer["price"] = price
    refused = ask(own_client, payment_id=begun["payment_id"])
    assert (refused.status_code, message(refused)) == (400, code)
    payment = Payment.objects.get()
    assert payment.status == stripe_sandbox.object(payment.stripe_id)["status"] == "canceled"
    assert (payment.checkout_key, payment.checkout_request) == (None, "")


def test_an_own_payment_is_continued_by_its_id(own_client: Client, payment: Payment) -> None:
    response = ask(own_client, payment_id=str(payment.pk))
    assert response.json()["payment_id"] == str(payment.pk)
    assert response.json()["client_secret"].startswith(f"{payment.stripe_id}_secret_")


def test_a_paid_payment_is_not_paid_again(
    own_client: Client, payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    StripeService.confirm_payment(payment)
    response = ask(own_client, payment_id=str(payment.pk))
    assert (response.status_code, message(response)) == (400, "payment_closed")


def test_the_log_says_why_stripe_was_of_no_help(
    own_client: Client, stripe_sandbox: Any, ticket_type: None, user: Any, caplog: Any
) -> None:
    stripe_sandbox.faults.add("error", method="POST", path="/v1/payment_intents", status=400)
    answer = ask(own_client, payment_type="ticket", metadata={"seat": "7"})
    assert (answer.status_code, message(answer)) == (502, "stripe_refused")
    assert "error while talking to one of our backends" in caplog.text


def test_a_silent_stripe_is_a_502_that_can_be_tried_again(
    own_client: Client, stripe_sandbox: Any, ticket_type: None, settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/payment_intents", times=1)
    first = ask(own_client, payment_type="ticket", metadata={"seat": "7"})
    assert (first.status_code, message(first)) == (502, "stripe_unavailable")
    assert ask(own_client, payment_type="ticket", metadata={"seat": "7"}).status_code == 200
    assert Payment.objects.count() == 1
    assert len(stripe_sandbox.events("payment_intent.created")) == 1


def test_csrf_is_checked_where_a_browser_starts_a_payment(user: Any, ticket_type: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert ask(client, payment_type="ticket", metadata={"seat": "7"}).status_code == 403


def test_the_checkout_creates_nothing_by_being_looked_at(
    own_client: Client, stripe_sandbox: Any, ticket_type: None
) -> None:
    page = own_client.get("/payments/checkout/?payment_type=ticket&seat=7")
    assert page.status_code == 200
    assert "$25.00" in page.content.decode()
    assert page.context["config"]["metadata"] == {"seat": "7"}
    assert Payment.objects.count() == 0
    assert stripe_sandbox.events() == []


def test_the_checkout_holds_no_secret(own_client: Client, payment: Payment) -> None:
    text = own_client.get(payment.checkout_url).content.decode()
    assert "pk_test_sandbox" in text
    assert "sk_test_" not in text
    assert "whsec_" not in text
    assert "_secret_" not in text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("payment_type=yacht", 404),
        ("payment_type=ticket&seat=13", 400),
        ("payment_id=", 404),
        ("payment_id=nonsense", 404),
    ],
)
def test_a_checkout_of_nothing_is_refused(
    own_client: Client, stripe_sandbox: Any, ticket_type: None, query: str, status: int
) -> None:
    assert own_client.get(f"/payments/checkout/?{query}").status_code == status


def test_a_type_that_nobody_registered_tells_a_developer_how(
    own_client: Client, stripe_sandbox: Any, ticket_type: None, settings: Any
) -> None:
    settings.DEBUG = True
    page = own_client.get("/payments/checkout/?payment_type=yacht").content.decode()
    assert "Registered types: ticket." in page


@pytest.mark.parametrize("amount", [0, "-1", "1.005", 2.5])
def test_a_price_that_nobody_can_pay_is_told_to_the_developer_alone(
    own_client: Client, stripe_sandbox: Any, caplog: Any, amount: Any
) -> None:
    register_payment_type("gift")(lambda _user, _metadata: Price(amount=amount))
    try:
        page = own_client.get("/payments/checkout/?payment_type=gift").content.decode()
    finally:
        unregister_payment_type("gift")
    assert "This item can&#x27;t be purchased." in page
    assert str(amount) in caplog.text
    assert "USD" not in page
    assert "exact" not in page


def test_a_paid_payments_checkout_shows_the_result(
    own_client: Client, payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    StripeService.confirm_payment(payment)
    response = own_client.get(payment.checkout_url)
    assert (response.status_code, response["Location"]) == (302, payment.get_absolute_url())


def test_being_on_the_success_page_proves_nothing(own_client: Client, payment: Payment) -> None:
    page = own_client.get(payment.get_absolute_url())
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"
    assert page.context["state"]["tone"] != "success"


def test_the_success_page_asks_stripe(
    own_client: Client, payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    page = own_client.get(payment.get_absolute_url())
    assert page.context["state"]["tone"] == "success"
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_the_success_page_shows_what_is_known_while_stripe_is_silent(
    own_client: Client, payment: Payment, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("cut", method="GET", path="/v1/payment_intents", times=1)
    assert own_client.get(payment.get_absolute_url()).status_code == 200


def test_scripts_get_the_state_as_json(
    own_client: Client, payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, SLOW_CARD)
    accept = {"Accept": "application/json"}
    waiting = own_client.get(payment.get_absolute_url(), headers=accept).json()
    assert (waiting["status"], waiting["is_final"]) == ("processing", False)
    stripe_sandbox.settle(payment.stripe_id, succeed=True)
    done = own_client.get(payment.get_absolute_url(), headers=accept).json()
    assert (done["status"], done["is_final"]) == ("succeeded", True)
    assert set(done) == {
        "payment_id",
        "status",
        "is_final",
        "title",
        "message",
        "tone",
        "retry_url",
        "instructions_url",
    }


def test_a_declined_card_is_told_in_words_and_can_be_tried_again(
    own_client: Client, payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4000000000009995")
    state = own_client.get(payment.get_absolute_url()).context["state"]
    assert "insufficient funds" in state["message"]
    assert state["retry_url"] == payment.checkout_url


def test_the_cancel_page_changes_nothing(own_client: Client, payment: Payment) -> None:
    page = own_client.get(f"/payments/cancel/?payment_id={payment.pk}")
    assert page.context["retry_url"] == payment.checkout_url
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"
    assert own_client.get("/payments/cancel/").status_code == 200


@pytest.mark.parametrize(
    ("who", "expected"), [("anonymous", 302), ("owner", 200), ("other", 404), ("staff", 404)]
)
@pytest.mark.parametrize("page", ["success", "checkout", "cancel"])
def test_a_payment_is_its_owners_alone(
    payment: Payment, other_user: Any, admin_user: Any, page: str, who: str, expected: int
) -> None:
    client = Client()
    users = {"owner": payment.user, "other": other_user, "staff": admin_user}
    if who in users:
        client.force_login(users[who])
    urls = {
        "success": payment.get_absolute_url(),
        "checkout": payment.checkout_url,
        "cancel": f"/payments/cancel/?payment_id={payment.pk}",
    }
    assert client.get(urls[page]).status_code == expected


def test_nobody_else_gets_the_client_secret(payment: Payment, other_user: Any) -> None:
    client = Client()
    anonymous = ask(client, payment_id=str(payment.pk))
    assert (anonymous.status_code, message(anonymous)) == (403, "login_required")
    client.force_login(other_user)
    other = ask(client, payment_id=str(payment.pk))
    assert (other.status_code, message(other)) == (404, "not_found")


def test_a_guests_payment_is_nobodys_page(own_client: Client, stripe_sandbox: Any) -> None:
    payment, _ = StripeService.create_payment_intent(None, 10, "donation")
    assert own_client.get(payment.get_absolute_url()).status_code == 404


def test_a_payment_canceled_at_stripe_makes_way_for_another(
    own_client: Client, stripe_sandbox: Any, ticket_type: None
) -> None:
    from django_stripe_payments.stripe_api.client import get_client

    first = ask(own_client, payment_type="ticket", metadata={"seat": "7"}).json()
    canceled = Payment.objects.get(pk=first["payment_id"])
    get_client().v1.payment_intents.cancel(canceled.stripe_id)
    second = ask(own_client, payment_type="ticket", metadata={"seat": "7"}).json()
    assert second["payment_id"] != first["payment_id"]
    assert second["status"] == "requires_payment_method"


def test_a_reservation_is_not_called_a_payment(
    own_client: Client, user: Any, stripe_sandbox: Any
) -> None:
    held, _ = StripeService.create_payment_intent(user, 24, "ticket", capture_method="manual")
    page = own_client.get(held.checkout_url).content.decode()
    assert "Reserve $24.00" in page
    assert "Pay $24.00" not in page
    assert "charged once" not in page


@pytest.mark.parametrize(
    ("amount", "title"),
    [("25.00", "This payment was refunded"), ("5.00", "This payment was partly refunded")],
)
def test_a_refunded_payment_is_not_thanked_for(
    own_client: Client, payment: Payment, stripe_sandbox: Any, amount: str, title: str
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    StripeService.confirm_payment(payment)
    StripeService.refund_payment(payment, amount)
    state = own_client.get(payment.get_absolute_url()).context["state"]
    assert state["title"] == title
    assert f"${amount}" in state["message"]


JSON_PAGES = ["history/", "{}/", "success/{}/", "{}/refund/", "methods/"]


@pytest.mark.parametrize("path", JSON_PAGES)
def test_a_script_that_is_not_logged_in_gets_json(payment: Payment, path: str) -> None:
    accept = {"Accept": "application/json"}
    answer = Client().get(f"/payments/{path.format(payment.pk)}", headers=accept)
    assert (answer.status_code, message(answer)) == (403, "login_required")


@pytest.mark.parametrize("path", ["{}/", "success/{}/", "{}/refund/"])
def test_a_script_gets_json_for_the_payment_of_another(
    payment: Payment, other_user: Any, path: str
) -> None:
    client = Client(headers={"Accept": "application/json"})
    client.force_login(other_user)
    answer = client.get(f"/payments/{path.format(payment.pk)}")
    assert (answer.status_code, message(answer)) == (404, "not_found")


@pytest.mark.parametrize("seat", ["\0", {"id": 7}, ["7"], None, True])
def test_a_resolver_gets_text_and_nothing_else(
    own_client: Client, ticket_type: None, stripe_sandbox: Any, seat: Any
) -> None:
    body = {"payment_type": "ticket", "metadata": {"seat": seat}}
    answer = own_client.post("/payments/create-intent/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_metadata"
    assert "must be text" in answer.json()["error"]["message"]


def test_a_resolver_gets_a_number_as_text(
    own_client: Client, ticket_type: None, stripe_sandbox: Any
) -> None:
    body = {"payment_type": "ticket", "metadata": {"seat": 7}}
    answer = own_client.post("/payments/create-intent/", body, content_type="application/json")
    assert answer.status_code == 200
    assert Payment.objects.get().metadata == {"seat": "7"}


def test_a_resolver_gets_no_nul_from_an_address(own_client: Client, ticket_type: None) -> None:
    answer = own_client.get("/payments/checkout/", {"payment_type": "ticket", "seat": "\0"})
    assert answer.status_code == 400
    assert "must be text" in answer.content.decode()


@pytest.mark.parametrize("debug", [True, False])
def test_a_resolvers_error_is_shown_to_a_developer(
    own_client: Client, ticket_type: None, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    page = own_client.get("/payments/checkout/?payment_type=ticket")
    assert page.status_code == 400
    assert ("KeyError" in page.content.decode()) is debug
    answer = own_client.post(
        "/payments/create-intent/", {"payment_type": "ticket"}, content_type="application/json"
    )
    assert ("KeyError" in answer.json()["error"]["message"]) is debug


@pytest.mark.parametrize("debug", [True, False])
def test_a_sandbox_that_does_not_run_is_told_to_a_developer(
    own_client: Client, ticket_type: None, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    settings.STRIPE_API_BASE = "http://localhost:9"
    page = own_client.get("/payments/checkout/?payment_type=ticket&seat=7")
    message = page.context["config"]["messages"]["scriptFailed"]
    assert ("manage.py stripe_sandbox" in message) is debug
    assert ("Check your connection" in message) is not debug
