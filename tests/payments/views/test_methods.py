"""The pages of saved cards, and paying with one: what is there, and for whom."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from django_stripe_payments.exceptions import AuthenticationRequired
from django_stripe_payments.models import Customer, Payment, PaymentMethod
from django_stripe_payments.services import StripeService
from tests.payments.support.cards import save

pytestmark = pytest.mark.django_db

LIST = "/payments/methods/"
ADD = "/payments/methods/add/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def card(user: Any, stripe_sandbox: Any) -> PaymentMethod:
    return save(user, "pm_card_visa")[0]


def ask(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, data=json.dumps(data), content_type="application/json", headers=JSON)


def test_the_list_shows_the_users_cards(own_client: Client, user: Any, card: Any) -> None:
    save(user, "pm_card_mastercard")
    text = own_client.get(LIST).content.decode()
    assert "Visa ending in 4242" in text
    assert "Mastercard ending in 4444" in text
    assert text.index("4242") < text.index("4444")
    assert card.stripe_id not in text


def test_a_removed_card_is_not_shown(own_client: Client, user: Any, card: Any) -> None:
    StripeService.remove_payment_method(user, card)
    assert "No saved cards yet" in own_client.get(LIST).content.decode()


def test_the_list_as_json(own_client: Client, card: Any) -> None:
    assert own_client.get(LIST, headers=JSON).json() == {
        "payment_methods": [
            {
                "id": card.pk,
                "type": "card",
                "label": "Visa",
                "brand": "visa",
                "last4": "4242",
                "exp_month": 12,
                "exp_year": card.exp_year,
                "is_default": True,
                "is_expired": False,
            }
        ]
    }


def test_the_list_takes_as_many_queries_for_many_cards(
    own_client: Client, user: Any, card: Any, django_assert_max_num_queries: Any
) -> None:
    customer = Customer.objects.get()
    for number in range(20):
        PaymentMethod.objects.create(customer=customer, stripe_id=f"pm_{number}", type="card")
    with django_assert_max_num_queries(4):
        own_client.get(LIST)


def test_a_card_is_added_through_a_setup_intent(
    own_client: Client, user: Any, stripe_sandbox: Any
) -> None:
    answer = ask(own_client, ADD).json()
    assert answer["client_secret"].startswith(answer["setup_intent"])
    stripe_sandbox.confirm(answer["setup_intent"], "4242424242424242")
    page = own_client.post(ADD, {"setup_intent": answer["setup_intent"]}, follow=True)
    assert page.redirect_chain == [(LIST, 302)]
    assert "Visa •••• 4242 was saved." in page.content.decode()
    assert StripeService.list_payment_methods(user)[0].is_default


def test_the_banks_way_back_stores_the_card_too(
    own_client: Client, user: Any, stripe_sandbox: Any
) -> None:
    setup = ask(own_client, ADD).json()["setup_intent"]
    stripe_sandbox.confirm(setup, "4000002760003184")
    stripe_sandbox.authenticate(setup)
    own_client.get(f"{ADD}?setup_intent={setup}&redirect_status=succeeded")
    assert len(StripeService.list_payment_methods(user)) == 1


@pytest.mark.parametrize("setup", ["seti_1", "%00", "seti_%00", ""])
def test_a_way_back_from_nowhere_is_not_found(own_client: Client, setup: str) -> None:
    assert own_client.get(f"{ADD}?setup_intent={setup}").status_code == 404


def test_a_card_that_was_refused_is_not_saved(
    own_client: Client, user: Any, stripe_sandbox: Any
) -> None:
    setup = ask(own_client, ADD).json()["setup_intent"]
    stripe_sandbox.confirm(setup, "4000000000000002")
    page = own_client.post(ADD, {"setup_intent": setup}, follow=True)
    assert "Your card could not be saved" in page.content.decode()
    refused = own_client.post(ADD, {"setup_intent": setup}, headers=JSON)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "not_saved")
    assert PaymentMethod.objects.count() == 0


def test_a_reload_goes_on_with_the_same_setup_intent(
    own_client: Client, stripe_sandbox: Any
) -> None:
    first, second = (ask(own_client, ADD).json()["setup_intent"] for _ in range(2))
    assert first == second
    stripe_sandbox.confirm(first, "4242424242424242")
    assert ask(own_client, ADD).json()["setup_intent"] != first


@pytest.mark.parametrize("setup", ["", "seti_nothing", "theirs"])
def test_the_setup_intent_of_another_saves_nothing(
    own_client: Client, other_user: Any, stripe_sandbox: Any, setup: str
) -> None:
    _row, intent = StripeService.create_setup_intent(other_user)
    stripe_sandbox.confirm(intent.id, "4242424242424242")
    setup = intent.id if setup == "theirs" else setup
    assert own_client.post(ADD, {"setup_intent": setup}).status_code == 404
    assert PaymentMethod.objects.count() == 0


def test_looking_at_the_page_creates_nothing(own_client: Client, stripe_sandbox: Any) -> None:
    page = own_client.get(ADD)
    assert page.context["config"]["createSetupIntentUrl"] == ADD
    assert stripe_sandbox.events() == []


def test_removing_is_asked_first_and_done_by_post(own_client: Client, card: Any) -> None:
    url = f"{LIST}{card.pk}/remove/"
    assert "Remove Visa ending in 4242?" in own_client.get(url).content.decode()
    card.refresh_from_db()
    assert card.is_attached
    assert own_client.post(url).headers["Location"] == LIST
    card.refresh_from_db()
    assert not card.is_attached
    assert own_client.get(url).status_code == 404


def test_the_default_is_set_by_post_alone(own_client: Client, user: Any, card: Any) -> None:
    [other] = save(user, "pm_card_mastercard")
    url = f"{LIST}{other.pk}/set-default/"
    assert own_client.get(url).status_code == 405
    assert own_client.post(url, headers=JSON).json()["payment_method"]["is_default"]
    assert Customer.objects.get().default_payment_method == other


def test_a_silent_stripe_changes_nothing_and_says_so(
    own_client: Client, card: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    url = f"{LIST}{card.pk}/remove/"
    stripe_sandbox.faults.add("error", path="/detach", times=2, status=503)
    page = own_client.post(url, follow=True)
    assert "isn&#x27;t responding" in page.content.decode()
    answer = own_client.post(url, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "stripe_unavailable")
    card.refresh_from_db()
    assert card.is_attached


WHO = {
    "anonymous": {"html": 302, "json": 403},
    "other": {"html": 404, "json": 404},
    "staff": {"html": 404, "json": 404},
}


@pytest.mark.parametrize("kind", ["html", "json"])
@pytest.mark.parametrize("who", [*WHO, "owner"])
@pytest.mark.parametrize(
    ("method", "path", "own"),
    [("get", "remove", 200), ("post", "remove", 302), ("post", "set-default", 302)],
)
def test_a_card_is_its_owners_alone(
    card: Any,
    other_user: Any,
    admin_user: Any,
    method: str,
    path: str,
    own: int,
    who: str,
    kind: str,
) -> None:
    client = Client()
    users = {"owner": card.customer.user, "other": other_user, "staff": admin_user}
    if who in users:
        client.force_login(users[who])
    expected = WHO.get(who, {"html": own, "json": 200})[kind]
    headers = JSON if kind == "json" else {}
    answer = getattr(client, method)(f"{LIST}{card.pk}/{path}/", headers=headers)
    assert answer.status_code == expected
    card.refresh_from_db()
    assert card.is_attached is not (who == "owner" and method == "post" and path == "remove")


@pytest.mark.parametrize(("url", "status"), [(LIST, 302), (ADD, 302)])
def test_the_pages_want_a_login(db: None, url: str, status: int) -> None:
    assert Client().get(url).status_code == status
    assert Client().get(url, headers=JSON).status_code == 403
    assert ask(Client(), ADD).status_code == 403


def test_csrf_is_checked_on_every_change(user: Any, card: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for url in (ADD, f"{LIST}{card.pk}/remove/", f"{LIST}{card.pk}/set-default/"):
        assert client.post(url).status_code == 403


def test_the_checkout_offers_the_users_cards_and_to_save_a_new_one(
    own_client: Client, payment: Payment, card: Any
) -> None:
    page = own_client.get(payment.checkout_url)
    text = page.content.decode()
    assert page.context["payment_methods"] == [card]
    assert 'name="save_card"' in text
    assert card.stripe_id not in text


def test_the_checkout_offers_no_card_that_is_expired(
    own_client: Client, payment: Payment, card: Any
) -> None:
    PaymentMethod.objects.update(exp_year=timezone.now().year - 1)
    assert own_client.get(payment.checkout_url).context["payment_methods"] == []


def test_a_card_that_is_saved_anyway_is_announced_and_not_asked_for(
    own_client: Client, user: Any, stripe_sandbox: Any
) -> None:
    payment, _intent = StripeService.create_payment_intent(user, 25, "ticket", save_card=True)
    text = own_client.get(payment.checkout_url).content.decode()
    assert 'name="save_card"' not in text
    assert "This card will be saved for future payments" in text


CREATE = "/payments/create-intent/"


def test_a_chosen_card_is_named_by_the_server(
    own_client: Client, payment: Payment, card: Any
) -> None:
    answer = ask(own_client, CREATE, payment_id=str(payment.pk), payment_method=str(card.pk))
    assert answer.json()["payment_method"] == card.stripe_id
    answer = ask(own_client, CREATE, payment_id=str(payment.pk))
    assert "payment_method" not in answer.json()


@pytest.mark.parametrize("name", ["pk", "stripe_id"])
def test_the_card_of_another_is_not_named(
    own_client: Client, payment: Payment, other_user: Any, name: str
) -> None:
    [theirs] = save(other_user, "pm_card_visa")
    chosen = str(getattr(theirs, name))
    answer = ask(own_client, CREATE, payment_id=str(payment.pk), payment_method=chosen)
    assert answer.status_code == 404
    assert theirs.stripe_id not in answer.content.decode().replace(chosen, "")


def test_a_removed_card_is_not_named(
    own_client: Client, payment: Payment, user: Any, card: Any
) -> None:
    StripeService.remove_payment_method(user, card)
    answer = ask(own_client, CREATE, payment_id=str(payment.pk), payment_method=str(card.pk))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "payment_method_removed")


@pytest.fixture
def refused(user: Any, stripe_sandbox: Any) -> Payment:
    """A charge off session that the bank wants its owner for."""
    save(user, "pm_card_authenticationRequired")
    with pytest.raises(AuthenticationRequired) as asked:
        StripeService.charge_saved_method(user, 12, "membership", description="November")
    assert asked.value.payment is not None
    return asked.value.payment


def test_the_owner_is_asked_to_authenticate(own_client: Client, refused: Payment) -> None:
    page = own_client.get(refused.authenticate_url)
    assert refused.payment_method is not None
    assert page.context["config"]["paymentMethod"] == refused.payment_method.stripe_id
    assert "November" in page.content.decode()
    assert "_secret_" not in page.content.decode()


def test_without_the_card_the_checkout_is_the_way(
    own_client: Client, user: Any, refused: Payment
) -> None:
    StripeService.remove_payment_method(user, refused.payment_method)
    assert own_client.get(refused.authenticate_url)["Location"] == refused.checkout_url


def test_a_paid_payment_is_not_authenticated_again(
    own_client: Client, refused: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(refused.stripe_id, "4242424242424242")
    StripeService.confirm_payment(refused)
    assert own_client.get(refused.authenticate_url)["Location"] == refused.get_absolute_url()


@pytest.mark.parametrize(
    ("who", "expected"), [("anonymous", 302), ("owner", 200), ("other", 404), ("staff", 404)]
)
def test_the_authentication_page_is_its_owners_alone(
    refused: Payment, other_user: Any, admin_user: Any, who: str, expected: int
) -> None:
    client = Client()
    users = {"owner": refused.user, "other": other_user, "staff": admin_user}
    if who in users:
        client.force_login(users[who])
    assert client.get(refused.authenticate_url).status_code == expected


@pytest.mark.parametrize("model", ["paymentmethod", "setupintent", "customer"])
def test_staff_look_and_change_nothing(
    admin_client: Client, user: Any, card: Any, model: str
) -> None:
    row, _intent = StripeService.create_setup_intent(user)
    pk = {"paymentmethod": card.pk, "setupintent": row.pk, "customer": card.customer_id}[model]
    url = f"/admin/django_stripe_payments/{model}/"
    assert admin_client.get(url).status_code == 200
    page = admin_client.get(f"{url}{pk}/change/")
    assert page.status_code == 200
    assert card.fingerprint not in page.content.decode()
    assert admin_client.post(f"{url}{pk}/change/", {}).status_code == 403
    assert admin_client.post(f"{url}{pk}/delete/", {"post": "yes"}).status_code == 403


def test_asking_for_a_card_again_and_again_is_limited(
    own_client: Client, user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    """Each look is a call to Stripe."""
    settings.STRIPE_RATE_LIMIT = True
    settings.STRIPE_RATE_LIMITS = {"status": {"user": "2/d"}}
    _row, intent = StripeService.create_setup_intent(user)
    back = f"{ADD}?setup_intent={intent.id}"
    assert [own_client.get(back).status_code for _ in range(3)] == [302, 302, 429]


def test_the_card_that_is_charged_by_default_has_the_badge(
    own_client: Client, user: Any, card: Any
) -> None:
    """Also where no default was chosen, because a payment saved the card."""
    Customer.objects.update(default_payment_method=None)
    (method,) = StripeService.list_payment_methods(user)
    assert not method.is_default
    page = own_client.get("/payments/methods/").content.decode()
    assert "Default</span>" in page
    assert "Make default" not in page
