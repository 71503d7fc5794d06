"""A setting that names a module by its old path is told the new one."""

from importlib.util import find_spec
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks
from django.utils.module_loading import import_string

from django_stripe_payments.checks._moved import MOVED
from django_stripe_payments.checks.moved import new_path

pytestmark = pytest.mark.django_db

APP = "django_stripe_payments"


def moved() -> list[CheckMessage]:
    return [message for message in run_checks() if message.id == f"{APP}.E011"]


@pytest.mark.parametrize(
    ("name", "value", "new"),
    [
        ("STRIPE_DISPATCHER", f"{APP}.dispatch.inline.InlineDispatcher", "workers.inline"),
        ("STRIPE_FRAUD_RULES", [f"{APP}.radar.rule"], "fraud.radar.rule"),
        ("STRIPE_REFUND_POLICY", f"{APP}.refund_policy.RefundPolicy", "refunds.policy"),
        ("STRIPE_PLATFORM_FEE", f"{APP}.fees.fee", "payments.fees.fee"),
        ("STRIPE_RADAR_METADATA", f"{APP}.limits.check", "limits.amounts.check"),
        (
            "CELERY_BEAT_SCHEDULE",
            {"x": {"task": f"{APP}.redaction.SecretsFilter"}},
            "logs.redaction.SecretsFilter",
        ),
        (
            "LOGGING",
            {"version": 1, "loggers": {f"{APP}.sweep": {"level": "INFO"}}},
            "maintenance.sweep",
        ),
        ("MIDDLEWARE", (f"{APP}.capture.cancel_payment",), "payments.cancel.cancel_payment"),
    ],
)
def test_an_old_path_is_told_the_new_one(settings: Any, name: str, value: Any, new: str) -> None:
    setattr(settings, name, value)
    (message,) = moved()
    assert message.msg.startswith(f"{name} names '{APP}.")
    assert message.hint.startswith(f"Use '{APP}.{new}")


@pytest.mark.parametrize(
    "path",
    [
        f"{APP}.workers.inline.InlineDispatcher",
        f"{APP}.webhooks.WebhookHandler",
        f"{APP}.fraud.rules.too_many_payments",
        f"{APP}.logs.PaymentsContext",
        # Old modules whose names are rooms by now.
        f"{APP}.limits",
        f"{APP}.checks",
        f"{APP}.apps.StripePaymentsConfig",
        "shop.capture",
        APP,
    ],
)
def test_a_path_that_works_is_left_alone(path: str) -> None:
    assert new_path(path) == ""


@pytest.mark.parametrize("new", sorted(MOVED.values()))
def test_what_is_said_to_be_there_is_there(new: str) -> None:
    try:
        import_string(f"{APP}.{new}")
    except ImportError:
        assert find_spec(f"{APP}.{new}") is not None
