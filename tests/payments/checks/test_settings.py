"""A missing or contradictory setting is told at start-up, with what to do."""

import re
from collections import Counter
from typing import Any

import pytest
from django.core.checks import registry, run_checks

from django_stripe_payments.stripe_api.client import get_client
from django_stripe_payments.views.scripts import script_config
from django_stripe_payments.webhooks.secrets import webhook_secrets

pytestmark = pytest.mark.django_db


class Elsewhere:
    """A router that sends everything to another database."""

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "shop"


def ids(*, deploy: bool = False) -> set[str]:
    prefix = "django_stripe_payments."
    found = run_checks(include_deployment_checks=deploy)
    return {str(m.id).removeprefix(prefix) for m in found if str(m.id).startswith(prefix)}


def test_an_id_means_one_thing() -> None:
    """A site silences a check by its id: two checks must not share one."""
    every = {*registry.registry.registered_checks, *registry.registry.deployment_checks}
    ours = [check for check in every if check.__module__.startswith("django_stripe_payments.")]
    named = Counter(
        name for check in ours for name in re.findall(r"[EW]\d{3}", check.__doc__ or "")
    )
    assert len(named) > 40
    assert [name for name, count in named.items() if count > 1] == []


def test_good_settings_pass() -> None:
    assert ids() == set()


def test_white_space_around_a_key_is_removed_where_it_is_used(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox\n"
    settings.STRIPE_PUBLIC_KEY = " pk_test_sandbox\r\n"
    settings.STRIPE_WEBHOOK_SECRET = ["whsec_site\n"]
    assert ids() == set()
    assert get_client()._requestor._options.api_key == "sk_test_sandbox"
    assert script_config()["publicKey"] == "pk_test_sandbox"
    assert webhook_secrets() == ["whsec_site"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"STRIPE_SECRET_KEY": ""}, "W001"),
        ({"STRIPE_SECRET_KEY": "pk_test_1"}, "E001"),
        ({"STRIPE_SECRET_KEY": "sk_tset_1"}, "E001"),
        ({"STRIPE_SECRET_KEY": "sk_test_1 sk_test_2"}, "E001"),
        ({"STRIPE_SECRET_KEY": "sk_test_\u200b1"}, "E001"),
        ({"STRIPE_PUBLIC_KEY": "pk_test_1'"}, "E002"),
        ({"STRIPE_WEBHOOK_SECRET": "whsec_1\nwhsec_2"}, "E004"),
        ({"STRIPE_SECRET_KEY": "sk_org_live_1"}, "E003"),
        ({"STRIPE_PUBLIC_KEY": ""}, "W002"),
        ({"STRIPE_PUBLIC_KEY": "pk_tset_1"}, "E002"),
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
        ({"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_sandbox"}, "E042"),
        ({"DATABASE_ROUTERS": ["tests.payments.checks.test_settings.Elsewhere"]}, "E043"),
        ({"STRIPE_AMOUNT_LIMITS": {"usd": {"minimum": 0.5}}}, "E020"),
        ({"STRIPE_AMOUNT_LIMITS": {"usd": {"min": 1}}}, "E020"),
        ({"STRIPE_AMOUNT_LIMITS": {"USD": {"minimum": 1}}}, "E020"),
        ({"STRIPE_AMOUNT_LIMITS": {"usd": {"minimum": 2, "maximum": 1}}}, "E020"),
        ({"STRIPE_RATE_LIMITS": {"webhook": {"address": "often"}}}, "E021"),
        ({"STRIPE_RATE_LIMITS": {"webhook": {"team": "1/m"}}}, "E021"),
        ({"STRIPE_RATE_LIMITS": {"webhook": "1/m"}}, "E021"),
        ({"STRIPE_RATE_LIMIT_CACHE": "nowhere"}, "E022"),
        ({"STRIPE_TRUSTED_PROXIES": -1}, "E023"),
        ({"STRIPE_TRUSTED_PROXIES": True}, "E023"),
        ({"STRIPE_WEBHOOK_ALLOWED_NETWORKS": ["stripe.com"]}, "E024"),
        ({"STRIPE_WEBHOOK_ALLOWED_NETWORKS": "192.0.2.0/24"}, "E024"),
        ({"STRIPE_FRAUD_RULES": ["nowhere.rule"]}, "E025"),
        ({"STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR": 0}, "E025"),
        ({"STRIPE_FRAUD_MAX_DECLINES_PER_DAY": "5"}, "E025"),
        ({"STRIPE_FRAUD_LARGE_FIRST_PAYMENT": {"usd": 99.5}}, "E026"),
        ({"STRIPE_THREE_D_SECURE_THRESHOLD": {"USD": 100}}, "E026"),
        ({"STRIPE_RADAR_METADATA": "nowhere.metadata"}, "E027"),
        ({"STRIPE_INTENT_OPTIONS": "nowhere.options"}, "E029"),
        ({"STRIPE_HISTORY_PAGE_SIZE": 0}, "E028"),
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


@pytest.mark.parametrize(
    ("changes", "is_named"),
    [
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, True),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, False),
        ({"STRIPE_SECRET_KEY": "sk_live_1", "SECURE_SSL_REDIRECT": True}, False),
        (
            {
                "STRIPE_SECRET_KEY": "sk_live_1",
                "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
            },
            False,
        ),
    ],
)
def test_return_addresses_that_may_not_be_https_are_named(
    settings: Any, changes: dict[str, Any], is_named: bool
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert ("W007" in ids(deploy=True)) == is_named


def test_a_cache_that_processes_do_not_share_is_named(settings: Any) -> None:
    assert "W006" in ids(deploy=True)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    assert "W006" not in ids(deploy=True)


def test_every_hint_says_what_to_do(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = settings.STRIPE_PUBLIC_KEY = settings.STRIPE_WEBHOOK_SECRET = ""
    assert all(message.hint for message in run_checks())
