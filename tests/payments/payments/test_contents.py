"""Lines, tax, label and buyer of a payment: frozen with it, shown to its owner, and erased."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.functional import lazystr

from django_stripe_payments.exceptions import InvalidAmount, InvalidBuyer, PaymentClosed
from django_stripe_payments.line_items import Line
from django_stripe_payments.maintenance.erasure import erase_user
from django_stripe_payments.models import AuditLogEntry, Payment
from django_stripe_payments.payment_types import (
    Price,
    label_of,
    quote,
    register_payment_type,
    unregister_payment_type,
)
from django_stripe_payments.payments import buyer as buyers
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client

pytestmark = pytest.mark.django_db

ANA = {
    "name": "Ana Lima",
    "line1": "Rua 1",
    "postal_code": "1000",
    "city": "Lisboa",
    "country": "pt",
    "tax_id": "PT 123",
}
STORED = {
    "name": "Ana Lima",
    "tax_id": "PT 123",
    "address": {"line1": "Rua 1", "postal_code": "1000", "city": "Lisboa", "country": "PT"},
}


class Shop:
    """The resolver of a type, whose lines a test may change."""

    lines = (Line(description="Green tea", unit_amount="4.25", quantity=2, tax_amount="0.56"),)

    def __call__(self, user: Any, metadata: Any) -> Price:
        return Price(amount="8.50", currency="eur", lines=self.lines)


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    register_payment_type(
        "tea_box", label=lazystr("Box of tea"), collect=("name", "address", "tax_id")
    )(shop)
    yield shop
    unregister_payment_type("tea_box")


def ask(client: Client, **body: Any) -> Any:
    address = reverse("django_stripe_payments:create_payment_intent")
    return client.post(address, json.dumps(body), content_type="application/json")


@pytest.fixture
def bought(shop: Shop, own_client: Client, stripe_sandbox: Any) -> Payment:
    """An open payment of a tea box, whose buyer has said who they are."""
    assert ask(own_client, payment_type="tea_box", buyer=ANA).status_code == 200
    return Payment.objects.get()


def test_lines_and_tax_are_frozen_on_the_payment(bought: Payment) -> None:
    (line,) = bought.lines
    assert (line["description"], line["quantity"], line["amount"]) == ("Green tea", 2, 850)
    assert (bought.tax_amount, bought.amount) == (56, 850)


def test_stripe_is_not_sent_them(bought: Payment, stripe_sandbox: Any) -> None:
    intent = get_client().v1.payment_intents.retrieve(bought.intent_id)
    assert "tea" not in json.dumps(intent.to_dict(for_json=True))


def test_other_lines_at_the_same_price_are_another_payment(
    bought: Payment, shop: Shop, own_client: Client
) -> None:
    same = ask(own_client, payment_type="tea_box").json()["payment_id"]
    shop.lines = (Line(description="Black tea", unit_amount="8.50"),)
    other = ask(own_client, payment_type="tea_box").json()["payment_id"]
    assert (same == str(bought.pk), other == same) == (True, False)
    bought.refresh_from_db()
    assert bought.status == Payment.Status.CANCELED


def test_lines_that_do_not_add_up_are_not_sold(shop: Shop, own_client: Client) -> None:
    shop.lines = (Line(description="Black tea", unit_amount="8.49"),)
    answer = ask(own_client, payment_type="tea_box")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "price_unavailable")
    assert not Payment.objects.exists()


def test_another_amount_of_the_customers_has_no_lines() -> None:
    shop = Shop()
    register_payment_type("gift", client_amount=(1, 100))(shop)  # type: ignore[arg-type]
    try:
        assert quote(None, "gift", {}, "8.50").lines == shop.lines
        assert quote(None, "gift", {}, "9").lines == ()
    finally:
        unregister_payment_type("gift")


def test_the_site_may_say_lines_and_buyer(user: Any, stripe_sandbox: Any) -> None:
    payment, _ = StripeService.create_payment_intent(
        user, "8.50", "tea", currency="eur", lines=Shop.lines, buyer=STORED
    )
    payment.refresh_from_db()
    assert (payment.tax_amount, payment.buyer) == (56, STORED)
    with pytest.raises(InvalidAmount):
        StripeService.create_payment_intent(user, "8.51", "tea", currency="eur", lines=Shop.lines)
    with pytest.raises(InvalidBuyer):
        StripeService.create_payment_intent(user, 1, "tea", buyer={"name": "x" * 256})
    assert Payment.objects.count() == 1


def test_a_type_is_shown_by_its_label(
    bought: Payment, own_client: Client, admin_client: Client
) -> None:
    assert bought.type_label == "Box of tea"
    history = reverse("django_stripe_payments:payment_history")
    page = own_client.get(history).content.decode()
    assert "tea_box</a>" not in page
    assert '<option value="tea_box">Box of tea</option>' in page
    assert ',"Box of tea",' in b"".join(own_client.get(history, {"format": "csv"})).decode()
    assert own_client.get(history, {"format": "json"}).json()["payments"][0]["type_label"] == (
        "Box of tea"
    )
    listed = admin_client.get(reverse("admin:django_stripe_payments_payment_changelist"))
    assert '"field-type_shown">Box of tea<' in listed.content.decode()
    assert ">Box of tea</a>" in listed.content.decode()


def test_a_type_without_a_label_is_shown_as_words() -> None:
    assert label_of("entry_fee") == "Entry fee"


def test_a_label_is_in_the_readers_language() -> None:
    from django.utils.translation import gettext_lazy

    register_payment_type("pay", label=gettext_lazy("Paid"))(Shop())
    try:
        with translation.override("de"):
            assert label_of("pay") == "Bezahlt"
    finally:
        unregister_payment_type("pay")


def test_only_certain_things_can_be_collected() -> None:
    with pytest.raises(ValueError, match="not shoe size"):
        register_payment_type("tea", collect=("name", "shoe size"))


def checkout_page(client: Client, **query: Any) -> str:
    return client.get(reverse("django_stripe_payments:checkout"), query).content.decode()


def test_the_checkout_shows_the_lines_and_asks_the_buyer(shop: Shop, own_client: Client) -> None:
    page = checkout_page(own_client, payment_type="tea_box")
    assert "2 \N{MULTIPLICATION SIGN} Green tea" in page
    assert "Includes €0.56 in tax." in page
    for name in ("name", "line1", "city", "country", "tax_id"):
        assert f'name="buyer-{name}"' in page


def test_it_asks_for_no_more_than_the_type_wishes(own_client: Client, ticket_type: None) -> None:
    assert "buyer-" not in checkout_page(own_client, payment_type="ticket")
    register_payment_type("tea", collect=("name",))(Shop())
    try:
        page = checkout_page(own_client, payment_type="tea")
    finally:
        unregister_payment_type("tea")
    assert ('name="buyer-name"' in page, 'name="buyer-city"' in page) == (True, False)


def test_who_comes_back_does_not_type_it_again(bought: Payment, own_client: Client) -> None:
    assert 'value="Lisboa"' in checkout_page(own_client, payment_id=bought.pk)


def test_the_buyer_is_kept_and_shown_to_its_owner(
    bought: Payment, own_client: Client, client: Client, other_user: Any
) -> None:
    assert bought.buyer == STORED
    detail = reverse("django_stripe_payments:payment_detail", args=[bought.pk])
    page = own_client.get(detail).content.decode()
    assert "Ana Lima<br>Rua 1<br>1000 Lisboa<br>PT<br>PT 123" in page
    assert own_client.get(detail, headers={"Accept": "application/json"}).json()["buyer"] == STORED
    client.force_login(other_user)
    assert client.get(detail).status_code == 404
    assert ask(client, payment_id=str(bought.pk), buyer={"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": ""}, "Name"),
        ({"name": "x" * 256}, "Name"),
        ({"name": "a\0b"}, "Name"),
        ({"city": None}, "City"),
        ({"country": "Portugal"}, "Country code"),
        ({"country": "1!"}, "Country code"),
        ({"tax_id": "<b>"}, "Tax ID"),
        ({"tax_id": "1" * 65}, "Tax ID"),
    ],
)
def test_what_is_no_address_is_refused(
    bought: Payment, own_client: Client, change: dict[str, Any], says: str
) -> None:
    answer = ask(own_client, payment_id=str(bought.pk), buyer={**ANA, **change})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_buyer")
    assert says in answer.json()["error"]["message"]
    bought.refresh_from_db()
    assert bought.buyer == STORED


def test_what_nobody_asked_for_is_not_kept(own_client: Client, payment: Payment) -> None:
    assert ask(own_client, payment_id=str(payment.pk), buyer=ANA).status_code == 200
    payment.refresh_from_db()
    assert payment.buyer == {}


def test_the_buyer_of_a_paid_payment_does_not_change(bought: Payment) -> None:
    Payment.objects.update(status=Payment.Status.SUCCEEDED)
    with pytest.raises(PaymentClosed):
        buyers.store(bought, {**ANA, "name": "Eve"})
    bought.refresh_from_db()
    assert bought.buyer["name"] == "Ana Lima"


def test_an_erasure_empties_buyer_and_lines(bought: Payment, user: Any) -> None:
    erase_user(user)
    bought.refresh_from_db()
    assert bought.buyer == {}
    assert (bought.lines[0]["description"], bought.lines[0]["amount"]) == ("", 850)
    assert bought.tax_amount == 56


def test_no_log_says_who_buys(bought: Payment, caplog: Any) -> None:
    entries = json.dumps(list(AuditLogEntry.objects.values()), default=str)
    assert "Ana" not in entries
    assert "Ana" not in caplog.text
