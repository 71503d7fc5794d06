"""Every moment that is stored, or compared with a stored one, comes from the clock of the app."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

import django_stripe_payments
from django_stripe_payments import clock
from django_stripe_payments.models import Customer

ROOT = Path(django_stripe_payments.__file__).parent

#: What may ask for the real time, and why.
REAL_TIME = {
    "clock.py": "it is the clock",
    "limits/rates.py": "timeouts of the cache",
    "webhooks/refusals.py": "timeouts of the cache",
    "webhooks/verify.py": "signatures are made and verified by the real time",
    "doctor/examine.py": "Stripe's clock against the machine's",
}

#: A Stripe of its own, whose clock can be set; and what a migration froze.
OTHERS = ("sandbox", "migrations")

ASKS = re.compile(r"timezone\.now\b|datetime\.(?:now|utcnow|today)\b|date\.today\b|\btime\.time\b")


def test_nothing_else_asks_for_the_time() -> None:
    files = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*.py")}
    asking = {
        name
        for name, path in files.items()
        if not name.startswith(OTHERS) and ASKS.search(path.read_text())
    }
    assert asking == REAL_TIME.keys()


def test_no_column_asks_by_itself() -> None:
    for model in apps.get_app_config("django_stripe_payments").get_models():
        for field in model._meta.fields:
            automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
            assert not automatic, field


@pytest.mark.django_db
def test_rows_are_dated_by_it(user: Any) -> None:
    with clock.shifted(timedelta(days=7)):
        customer = Customer.objects.create(user=user)
    assert customer.created_at > timezone.now() + timedelta(days=6)
    before = customer.created_at
    with clock.shifted(timedelta(days=14)):
        customer.save()
    assert (customer.created_at, customer.updated_at > before) == (before, True)
