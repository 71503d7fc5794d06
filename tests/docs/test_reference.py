"""The generated tables of the reference, compared with what Django and the sandbox see."""

import ast
import inspect
import re
import runpy
from functools import cached_property
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications import services as notifications
from django_inapp_notifications import urls as notification_urls
from django_inapp_notifications.conf import NotificationConf
from django_stripe_payments import urls as payment_urls
from django_stripe_payments.conf import StripeConf
from django_stripe_payments.sandbox.bank.cards import CARDS, Card
from django_stripe_payments.services import StripeService
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


REFERENCE = runpy.run_path(str(ROOT / "docs/_extensions/reference.py"))
APPS = ["django_stripe_payments", "django_inapp_notifications"]


def generated(page: str, name: str) -> str:
    """What all directives of that name put on a page of the reference."""
    text = (ROOT / "docs/reference" / page).read_text()
    found = re.findall(rf"```{{{name}}} (\S+) ?(\S*)\n```", text)
    make = REFERENCE[name]
    if name == "settings":
        return "\n".join(make((ROOT / path).read_text()) for path, _ in found)
    return "\n".join(make(ROOT / path, *filter(None, [prefix])) for path, prefix in found)


def entry(text: str, name: str) -> str:
    """The part of a page below an anchor, to the next one."""
    found = re.search(rf"^\[`[^`]*`\]{{#{re.escape(name)}}}.*?(?=^\[`|\Z)", text, re.DOTALL | re.M)
    assert found, f"{name} is not on the page"
    return found[0]


@pytest.mark.parametrize(
    ("prefix", "conf"), [("STRIPE", StripeConf), ("NOTIFICATION", NotificationConf)]
)
def test_every_setting_has_an_anchor_a_group_and_words(prefix: str, conf: Any) -> None:
    text = generated("settings.md", "settings")
    names = [f"{prefix}_{name}" for name in conf._meta.names]
    assert re.findall(rf"{{#({prefix}_\w+)}}", text) == names
    for name in names:
        assert re.search(r"\(default `.+`\)\n: [`\w]", entry(text, name))
    heads = re.findall(r"^\*\*(.+)\*\*$", text, re.MULTILINE)
    assert len(heads) == len(set(heads)) >= 15


@pytest.mark.parametrize(
    "model", [m for app in APPS for m in apps.get_app_config(app).get_models()], ids=str
)
def test_every_field_and_property_of_a_model_is_on_the_page(model: Any) -> None:
    shown = entry(generated("models.md", "models"), model.__name__)
    listed = set(re.findall(r"^  - `(\w+)", shown, re.MULTILINE))
    fields = {field.name for field in model._meta.local_fields if field.name != "id"}
    properties = {
        name
        for name, value in vars(model).items()
        if isinstance(value, property | cached_property) and name not in {"pk", *fields}
    }
    assert fields | properties <= listed
    unknown = {name for name in listed if not hasattr(model, name)}
    assert unknown == set()


def test_the_models_of_the_page_are_those_of_the_apps() -> None:
    shown = set(re.findall(r"{#(\w+)}", generated("models.md", "models")))
    models = [m for app in APPS for m in apps.get_app_config(app).get_models()]
    assert shown == {model.__name__ for model in models}


def public_functions() -> dict[str, Any]:
    services = {
        f"StripeService.{name}": getattr(StripeService, name)
        for name in vars(StripeService)
        if not name.startswith("_")
    }
    found = {name: getattr(notifications, name) for name in notifications.__all__}
    found |= {f"inbox.{name}": getattr(inbox, name) for name in inbox.__all__}
    found |= {f"preferences.{name}": getattr(preferences, name) for name in preferences.__all__}
    return services | {name: each for name, each in found.items() if inspect.isfunction(each)}


@pytest.mark.parametrize("name", public_functions())
def test_every_public_function_is_on_the_page_with_its_arguments(name: str) -> None:
    function: Any = public_functions()[name]
    shown = entry(generated("functions.md", "functions"), name)
    (signature,) = re.findall(rf"^\[`{re.escape(name)}\((.*)\)[^)]*`\]", shown, re.MULTILINE)
    arguments = ast.parse(f"def f({signature}): ...").body[0].args  # type: ignore[attr-defined]
    names = [each.arg for each in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
    real = inspect.signature(function).parameters.values()
    assert names == [each.name for each in real if each.kind is not each.VAR_KEYWORD]
    assert "No description." not in shown


def test_no_function_is_on_the_page_that_is_not_public() -> None:
    shown = re.findall(r"{#([\w.]+)}", generated("functions.md", "functions"))
    assert sorted(shown) == sorted(public_functions())


def described(content: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in content.splitlines() if line)
