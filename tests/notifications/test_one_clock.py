"""Every moment that is stored, or compared with a stored one, comes from the clock of the app."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

import django_inapp_notifications
from django_inapp_notifications import clock, preferences
from django_inapp_notifications.models import NotificationPreference

ROOT = Path(django_inapp_notifications.__file__).parent

#: What may ask for the real time, and why.
REAL_TIME = {
    "clock.py": "it is the clock",
    "sending/compose.py": "an error message names timezone.now()",
    "channels/webhook.py": "signatures are made by the real time",
    "channels/push_keys.py": "signatures are made by the real time",
    "channels/fcm.py": "tokens are signed by the real time",
    "channels/apns.py": "tokens are signed by the real time",
    "api/throttles.py": "timeouts of the cache",
}

ASKS = re.compile(r"timezone\.now\b|datetime\.(?:now|utcnow|today)\b|date\.today\b|\btime\.time\b")


def test_nothing_else_asks_for_the_time() -> None:
    files = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*.py")}
    asking = {
        name
        for name, path in files.items()
        if not name.startswith("migrations") and ASKS.search(path.read_text())
    }
    assert asking == REAL_TIME.keys()


def test_no_column_asks_by_itself() -> None:
    for model in apps.get_app_config("django_inapp_notifications").get_models():
        for field in model._meta.fields:
            automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
            assert not automatic, field


@pytest.mark.django_db
def test_rows_are_dated_by_it(user: Any) -> None:
    with clock.shifted(timedelta(days=7)):
        preferences.set_type(user, "match", "recorded", False, how="code")
    before = NotificationPreference.objects.get().updated_at
    assert before > timezone.now() + timedelta(days=6)
    with clock.shifted(timedelta(days=14)):
        preferences.set_type(user, "match", "recorded", True, how="code")
    assert NotificationPreference.objects.get().updated_at > before
