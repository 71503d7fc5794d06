"""The app in German: pages, refusals, amounts and reasons."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst

from django_stripe_payments import money
from django_stripe_payments.disputes import evidence_fields
from django_stripe_payments.models import Dispute, Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def german_client(own_client: Client, settings: Any) -> Iterator[Client]:
    """A browser that asks for German, on a site that listens to it."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    own_client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    yield own_client
    translation.deactivate()  # what the middleware left to the thread


def test_the_checkout_is_german(german_client: Client, ticket_type: None) -> None:
    page = german_client.get("/payments/checkout/?payment_type=ticket&seat=7")
    text = page.content.decode()
    assert '<html lang="de"' in text
    assert "25,00\u00a0$ bezahlen" in text
    assert "Zahlungsdaten" in text
    assert "Payment details" not in text


def test_the_words_of_the_checkouts_script_are_german(
    german_client: Client, ticket_type: None
) -> None:
    page = german_client.get("/payments/checkout/?payment_type=ticket&seat=7")
    messages = page.context["config"]["messages"]
    assert messages["loading"] == "Das Zahlungsformular wird geladen…"


def test_a_refusal_is_german(german_client: Client, payment: Payment) -> None:
    Payment.objects.filter(pk=payment.pk).update(status="canceled")
    body = json.dumps({"payment_id": str(payment.pk)})
    answer = german_client.post("/payments/create-intent/", body, "application/json")
    words = "Diese Zahlung kann nicht mehr bezahlt werden (Status: storniert)."
    assert answer.json()["error"]["message"] == words


def test_a_status_is_german(german_client: Client, payment: Payment) -> None:
    page = german_client.get("/payments/history/")
    assert "Wartet auf Zahlung" in page.content.decode()


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (123456, "eur", "1.234,56\u00a0€"),
        (2500, "usd", "25,00\u00a0$"),
        (500, "jpy", "500\u00a0¥"),
        (2500, "pln", "25,00\u00a0PLN"),
    ],
)
def test_the_symbol_stands_where_the_language_wants_it(
    minor: int, currency: str, shown: str
) -> None:
    with translation.override("de"):
        assert money.display(minor, currency) == shown


def test_the_reason_of_a_dispute_is_german() -> None:
    dispute = Dispute(reason="product_not_received")
    assert dispute.reason_label == "Product not received"
    with translation.override("de"):
        assert dispute.reason_label == "Produkt nicht erhalten"


def test_a_reason_that_is_newer_than_the_app_keeps_stripes_words() -> None:
    assert Dispute(reason="sent_by_owl").reason_label == "Sent by owl"


def test_evidence_is_asked_for_in_german() -> None:
    with translation.override("de"):
        assert evidence_fields.label("shipping_date") == "Versanddatum"
    assert evidence_fields.label("owl_feather") == "Owl feather"


def test_every_list_of_the_admin_is_german(
    german_client: Client, user: Any, payment: Payment
) -> None:
    user.is_staff = user.is_superuser = True
    user.save()
    for model in apps.get_app_config("django_stripe_payments").get_models():
        if admin.site.is_registered(model):
            name = f"admin:django_stripe_payments_{model._meta.model_name}_changelist"
            page = german_client.get(reverse(name))
            assert page.status_code == 200
            assert capfirst(str(model._meta.verbose_name_plural)) in page.content.decode()
    page = german_client.get(reverse("admin:django_stripe_payments_payment_changelist"))
    assert "Zu prüfen" in page.content.decode()
