"""A missing or contradictory setting is told at start-up, with what to do."""

from typing import Any

import pytest
from django.core.checks import run_checks

pytestmark = pytest.mark.django_db


def ids(*, deploy: bool = False) -> set[str]:
    prefix = "django_stripe_payments."
    found = run_checks(include_deployment_checks=deploy)
    return {str(m.id).removeprefix(prefix) for m in found if str(m.id).startswith(prefix)}


def test_good_settings_pass() -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "W001"),
        ({"STRIPE_SECRET_KEY": "pk_test_1"}, "E001"),
        ({"STRIPE_PUBLIC_KEY": ""}, "W002"),
        ({"STRIPE_PUBLIC_KEY": "sk_test_1"}, "E002"),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "E003"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "W003"),
        ({"STRIPE_WEBHOOK_SECRET": []}, "W003"),
        ({"STRIPE_WEBHOOK_SECRET": "sk_test_1"}, "E004"),
        ({"STRIPE_SECRET_KEY": "sk_live_1", "DEBUG": True}, "W004"),
        ({"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_API_BASE": "http://127.0.0.1:1"}, "E005"),
        ({"STRIPE_DEFAULT_CURRENCY": "dollars"}, "E006"),
        ({"STRIPE_DISPATCHER": "nowhere.Dispatcher"}, "E007"),
        ({"STRIPE_WEBHOOK_HANDLER": "nowhere.Handler"}, "E007"),
        ({"STRIPE_RETRY_DELAYS": ()}, "E008"),
        ({"STRIPE_RETRY_DELAYS": (60, -1)}, "E008"),
        ({"STRIPE_WEBHOOK_TOLERANCE": 0}, "E009"),
        ({"STRIPE_GUEST_LINK_MAX_AGE": None}, "E010"),
    ],
)
def test_a_bad_setting_is_named(settings: Any, changes: dict[str, Any], expected: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert expected in ids()


@pytest.mark.parametrize(
    "changes",
    [{"STRIPE_API_BASE": "http://127.0.0.1:12111"}, {"STRIPE_JS_URL": "http://localhost/js"}],
)
def test_a_sandbox_in_production_is_named(settings: Any, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert "W005" in ids(deploy=True)


def test_every_hint_says_what_to_do(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = settings.STRIPE_PUBLIC_KEY = settings.STRIPE_WEBHOOK_SECRET = ""
    assert all(message.hint for message in run_checks())
