"""The generated tables of the reference, compared with what Django and the sandbox see."""

import re
import runpy
from typing import Any

import pytest
from django.urls import URLPattern

from django_inapp_notifications import urls as notification_urls
from django_stripe_payments import urls as payment_urls
from django_stripe_payments.sandbox.bank.cards import CARDS, Card
from django_stripe_payments.webhooks import WebhookHandler
from tests.docs.pages import ROOT

TABLES = runpy.run_path(str(ROOT / "docs/_extensions/tables.py"))
PAYMENTS = ROOT / "src/django_stripe_payments/django_stripe_payments"
DIRECTIVE = r"```{%s} (\S+)\n(.*?)```"


def rows(markdown: str) -> list[list[str]]:
    """The cells of a Markdown table, without its head."""
    return [line.strip("| ").split(" | ") for line in markdown.splitlines()[2:]]


def directives(page: str, name: str) -> list[tuple[str, str]]:
    """Source and content of each directive of that name on a page of the reference."""
    text = (ROOT / "docs/reference" / page).read_text()
    return re.findall(DIRECTIVE % name, text, re.DOTALL)


@pytest.fixture(scope="module")
def cards() -> dict[str, list[str]]:
    ((source, _),) = directives("test-cards.md", "cards")
    found = rows(TABLES["cards"]((ROOT / source).read_text()))
    return {row[0].strip("`").replace(" ", ""): row for row in found}


def test_every_card_of_the_sandbox_is_on_the_page(cards: dict[str, Any]) -> None:
    assert list(cards) == [card.number for card in CARDS]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.number)
def test_a_card_is_described_as_it_behaves(cards: dict[str, Any], card: Card) -> None:
    _, tokens, make, behavior = cards[card.number]
    assert re.findall(r"pm_card_(\w+)", tokens) == list(card.tokens)
    assert make == f"{card.brand}, {card.funding}, {card.country}"
    assert ("declined" in behavior) == (card.decline is not None)
    assert card.decline is None or card.decline.decline_code in behavior
    assert ("3-D Secure" in behavior) == (card.authentication != "never")
    assert ("processing`" in behavior) == card.slow
    assert card.dispute is None or f"`{card.dispute}`" in behavior
    assert ("inquiry" in behavior) == card.inquiry
    assert ("fraud warning" in behavior) == card.fraud_warning
    assert ("refunds" in behavior) == (card.refund != "succeeded")


def test_every_handled_event_is_on_the_page() -> None:
    ((source, _),) = directives("events.md", "events")
    found = rows(TABLES["events"]((ROOT / source).read_text()))
    assert {row[0].strip("`"): row[1].strip("`") for row in found} == WebhookHandler.handlers
    assert all(row[2] for row in found)


@pytest.mark.parametrize("urls", [payment_urls, notification_urls], ids=["payments", "inbox"])
def test_every_address_is_on_the_page(urls: Any) -> None:
    (found,) = (
        rows(TABLES["addresses"]((ROOT / source).read_text(), described(content)))
        for source, content in directives("addresses.md", "addresses")
        if urls.app_name in source
    )
    mounted = [
        (str(pattern.pattern) or "(empty)", pattern.name)
        for pattern in urls.urlpatterns
        if isinstance(pattern, URLPattern)
    ]
    assert [(path.strip("`"), name.strip("`")) for path, name, _ in found] == mounted


def test_an_address_without_words_stops_the_build() -> None:
    with pytest.raises(ValueError, match="webhook"):
        TABLES["addresses"]('path("webhook/", view, name="webhook")', {})


def described(content: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in content.splitlines() if line)
