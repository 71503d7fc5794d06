"""The table of answers: every address, asked by everybody."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.test import Client
from django.urls import reverse

from django_stripe_payments import urls
from django_stripe_payments.models import Payment, PaymentMethod
from django_stripe_payments.services import StripeService

from ..conftest import UserFactory

pytestmark = pytest.mark.django_db

#: "staff" may enter the admin and nothing more; "viewer" has every permission of this app.
PEOPLE = ("anonymous", "owner", "other", "staff", "viewer")

JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Ask:
    """How an address is asked: placeholders name what is the owner's."""

    get: tuple[int, ...]
    post: tuple[int, ...]
    args: str = ""
    query: str = ""
    data: str = ""
    headers: Any = None


#: What is somebody else's is not there. What is not logged in goes to the log-in.
OWNERS_PAGE = (302, 200, 404, 404, 404)
EVERYBODYS_OWN = (302, 200, 200, 200, 200)
NOT_ALLOWED = (302, 405, 405, 405, 405)

TABLE = {
    "checkout": Ask(OWNERS_PAGE, NOT_ALLOWED, query="payment_id={open}"),
    "create_payment_intent": Ask(
        (403, 405, 405, 405, 405), (403, 200, 404, 404, 404), data='{{"payment_id": "{open}"}}'
    ),
    "payment_success": Ask(OWNERS_PAGE, NOT_ALLOWED, args="open"),
    "payment_cancel": Ask(OWNERS_PAGE, NOT_ALLOWED, query="payment_id={open}"),
    "payment_history": Ask(EVERYBODYS_OWN, NOT_ALLOWED),
    "payment_methods_list": Ask(EVERYBODYS_OWN, NOT_ALLOWED),
    "add_payment_method": Ask(
        (403, 200, 200, 200, 200), (403, 200, 200, 200, 200), data="{{}}", headers=JSON
    ),
    "remove_payment_method": Ask(OWNERS_PAGE, (302, 302, 404, 404, 404), args="method"),
    "set_default_payment_method": Ask(NOT_ALLOWED, (302, 302, 404, 404, 404), args="method"),
    "payment_detail": Ask((302, 200, 404, 404, 200), NOT_ALLOWED, args="open"),
    "payment_authenticate": Ask(OWNERS_PAGE, NOT_ALLOWED, args="open"),
    # A form without fields that must be filled in: all of it is asked back.
    "request_refund": Ask(OWNERS_PAGE, (302, 302, 404, 404, 404), args="paid"),
    # Nobody's log-in counts here, only Stripe's signature.
    "stripe_webhook": Ask((405,) * 5, (400,) * 5),
}


@pytest.fixture
def owned(user: Any, stripe_sandbox: Any) -> dict[str, Any]:
    """What the owner has: a saved card, an open payment with it, and a paid one."""
    paid, intent = StripeService.create_payment_intent(user, "25.00", "ticket", save_card=True)
    stripe_sandbox.confirm(intent.id)
    stripe_sandbox.deliver(Client())
    method = PaymentMethod.objects.get()
    opened, _intent = StripeService.create_payment_intent(user, "9.00", "ticket")
    Payment.objects.filter(pk=opened.pk).update(payment_method=method)
    return {"open": opened.pk, "paid": paid.pk, "method": method.pk}


def browser(who: str, owner: Any, **options: Any) -> Client:
    client = Client(**options)
    if who == "owner":
        client.force_login(owner)
    elif who != "anonymous":
        person = UserFactory(is_staff=who in ("staff", "viewer"))
        if who == "viewer":
            own = Permission.objects.filter(content_type__app_label="django_stripe_payments")
            person.user_permissions.set(own)
        client.force_login(person)
    return client


def answer(client: Client, name: str, method: str, owned: dict[str, Any]) -> int:
    ask = TABLE[name]
    path = reverse(f"{urls.app_name}:{name}", args=[owned[ask.args]] if ask.args else [])
    url = f"{path}?{ask.query.format(**owned)}" if ask.query else path
    if method == "get":
        return client.get(url, headers=ask.headers).status_code
    data = {"data": ask.data.format(**owned), "content_type": "application/json"}
    return client.post(url, headers=ask.headers, **(data if ask.data else {})).status_code


def test_no_address_is_missing_from_the_table() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(TABLE)


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", TABLE)
def test_everybody_gets_the_answer_of_the_table(
    owned: dict[str, Any], user: Any, name: str, method: str, who: str
) -> None:
    expected = getattr(TABLE[name], method)[PEOPLE.index(who)]
    assert answer(browser(who, user), name, method, owned) == expected


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", TABLE)
def test_a_site_whose_every_page_needs_a_login_answers_the_same(
    owned: dict[str, Any], user: Any, settings: Any, name: str, method: str
) -> None:
    """These pages ask for the login themselves: in JSON where a script asks."""
    login = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, login]
    expected = getattr(TABLE[name], method)[PEOPLE.index("anonymous")]
    assert answer(browser("anonymous", user), name, method, owned) == expected


@pytest.mark.parametrize("pattern", urls.urlpatterns, ids=lambda pattern: pattern.name)
def test_no_address_runs_in_a_transaction_of_its_request(
    pattern: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe is called outside of transactions, so ATOMIC_REQUESTS must not apply."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    assert BaseHandler().make_view_atomic(pattern.callback) is pattern.callback


@pytest.mark.parametrize("who", ["owner", "other"])
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", [name for name in TABLE if name != "stripe_webhook"])
def test_no_answer_is_for_a_cache(
    owned: dict[str, Any], user: Any, name: str, method: str, who: str
) -> None:
    ask = TABLE[name]
    path = reverse(f"{urls.app_name}:{name}", args=[owned[ask.args]] if ask.args else [])
    client = browser(who, user)
    response = client.get(path, headers=JSON) if method == "get" else client.post(path)
    # A page that is not there is Django's own, and says nothing.
    if response.status_code not in (404, 405) or "json" in response["Content-Type"]:
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))


@pytest.mark.parametrize("name", [name for name in TABLE if name != "stripe_webhook"])
def test_without_a_token_nothing_is_changed(owned: dict[str, Any], user: Any, name: str) -> None:
    """A page of somebody else's site can make the owner's browser post."""
    client = browser("owner", user, enforce_csrf_checks=True)
    assert answer(client, name, "post", owned) == 403


@pytest.mark.parametrize("name", TABLE)
def test_nothing_of_the_owners_is_in_what_others_get(
    owned: dict[str, Any], user: Any, name: str
) -> None:
    ask = TABLE[name]
    path = reverse(f"{urls.app_name}:{name}", args=[owned[ask.args]] if ask.args else [])
    page = browser("other", user).get(f"{path}?{ask.query.format(**owned)}")
    assert "4242" not in page.content.decode()
    assert user.email not in page.content.decode()
