"""The system checks of checks.maintenance."""

from typing import Any

import pytest
from django.core import checks
from django.test import override_settings

pytestmark = pytest.mark.django_db


def ids() -> set[str]:
    return {message.id.rpartition(".")[2] for message in checks.run_checks()}


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("E080", {"STRIPE_WEBHOOK_URL": "shop.example"}),
        ("E080", {"STRIPE_WEBHOOK_URL": 7}),
        ("E080", {"STRIPE_WEBHOOK_URL": "http://a.example", "STRIPE_SECRET_KEY": "sk_live_x"}),
        ("E081", {"STRIPE_API_TIMEOUT": 0}),
        ("E081", {"STRIPE_API_TIMEOUT": "20"}),
        ("E081", {"STRIPE_API_MAX_RETRIES": -1}),
        ("E081", {"STRIPE_API_MAX_RETRIES": True}),
        ("E082", {"STRIPE_WEBHOOK_MAX_BYTES": 10}),
        ("E084", {"STRIPE_EVENT_PAYLOAD_DAYS": 0}),
        ("E084", {"STRIPE_OPERATION_PARAMS_DAYS": "90"}),
        ("E085", {"STRIPE_HEALTH_MAX_AGE": 0}),
        ("E085", {"STRIPE_HEALTH_SYNC_MAX_AGE": "2 days"}),
        ("E083", {"STRIPE_DISPUTE_DEADLINE_LEAD": -1}),
    ],
)
def test_what_is_wrong_is_named(code: str, changed: dict[str, Any]) -> None:
    assert code not in ids()
    with override_settings(**changed):
        assert code in ids()


def test_what_is_right_is_not() -> None:
    with override_settings(STRIPE_WEBHOOK_URL="https://shop.example", STRIPE_API_MAX_RETRIES=0):
        assert not ids() & {"E080", "E081", "E082", "E083"}
