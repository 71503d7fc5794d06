"""What a site has set for REST framework, or not installed, changes nothing here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def answers(*kind: str) -> list[Any]:
    run = subprocess.run(
        [sys.executable, "-m", "tests.notifications.support.hostile_site", *kind],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE": "sqlite",
            "DJANGO_SETTINGS_MODULE": "tests.notifications.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_hostile_settings_change_no_byte() -> None:
    assert answers("hostile") == answers()


def test_without_the_framework_the_app_works_and_the_api_says_what_to_install() -> None:
    program = """
import sys
sys.modules["rest_framework"] = None
import django
django.setup()
from django.core.exceptions import ImproperlyConfigured
import django_inapp_notifications.urls, django_inapp_notifications.admin
try:
    import django_inapp_notifications.api.urls
except ImproperlyConfigured as error:
    print(error)
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.notifications.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'pip install "django-inapp-notifications[api]"' in run.stdout, run.stderr
