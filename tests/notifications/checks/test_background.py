"""A site is told at its start what its dispatcher lacks: the package, the broker, the worker."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import pytest
from celery import Celery
from django.core import mail
from django.core.checks import run_checks

from django_inapp_notifications.checks import background
from django_inapp_notifications.workers import celery

FRAMEWORK = "django.tasks" if django.VERSION >= (6,) else "django_tasks"
IMMEDIATE = f"{FRAMEWORK}.backends.immediate.ImmediateBackend"

#: A site in which some packages can't be imported.
WITHOUT = """
import sys
dispatcher, *missing = sys.argv[1:]
for name in missing:
    sys.modules[name] = None
from django.conf import settings
apps = ["django.contrib.auth", "django.contrib.contenttypes", "django_inapp_notifications"]
memory = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
settings.configure(INSTALLED_APPS=apps, DATABASES=memory, NOTIFICATION_DISPATCHER=dispatcher)
import django
django.setup()
import django_inapp_notifications.tasks
from django.core import mail
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django_inapp_notifications.dispatch import get_dispatcher
print([message.id for message in run_checks() if message.id.endswith("E020")])
try:
    get_dispatcher()
except ImproperlyConfigured as error:
    print(error)
"""


def ids() -> set[str]:
    return {str(message.id).rpartition(".")[2] for message in run_checks()}


@pytest.mark.parametrize(
    ("dispatcher", "missing", "extra"),
    [
        ("celery", ["celery"], "django-inapp-notifications[celery]"),
        ("django_tasks", ["django.tasks", "django_tasks"], "django-inapp-notifications[tasks]"),
    ],
)
def test_a_missing_package_is_named_by_its_extra(
    dispatcher: str, missing: list[str], extra: str
) -> None:
    command = [sys.executable, "-c", WITHOUT, dispatcher, *missing]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("['django_inapp_notifications.E020']"), said
    assert extra in said


def test_none_needs_neither() -> None:
    command = [sys.executable, "-c", WITHOUT, "none", "celery", "django.tasks", "django_tasks"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broker", "expected"), [(None, {"W020"}), ("redis://broker.example/0", set())]
)
def test_celery_without_a_broker_is_told(
    settings: Any, monkeypatch: pytest.MonkeyPatch, broker: str | None, expected: set[str]
) -> None:
    settings.NOTIFICATION_DISPATCHER = "celery"
    monkeypatch.setattr(
        celery, "remembered_app", Celery("shop", broker=broker, set_as_current=False)
    )
    assert ids() & {"W020", "E020", "E008"} == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("backend", "queue", "expected"),
    [
        ("django_tasks_db.DatabaseBackend", "", set()),
        ("django_tasks_db.DatabaseBackend", "payments", {"E021"}),
        (IMMEDIATE, "", {"W021"}),
    ],
)
def test_tasks_that_nobody_would_do_are_told(
    settings: Any, backend: str, queue: str, expected: set[str]
) -> None:
    settings.NOTIFICATION_DISPATCHER = "django_tasks"
    settings.NOTIFICATION_TASK_QUEUE = queue
    settings.TASKS = {"default": {"BACKEND": backend, "QUEUES": ["default"]}}
    assert ids() & {"W021", "E021", "E020"} == expected


def test_the_site_s_celery_app_is_found_from_any_thread(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Celery's own current app is that of the thread in which it was made."""
    monkeypatch.setattr(celery, "remembered_app", None)
    settings.NOTIFICATION_DISPATCHER = "celery"
    shop = Celery("shop", broker="memory://")
    celery.remember_app()
    with ThreadPoolExecutor() as other:
        assert other.submit(celery.site_app).result() is shop


def test_a_time_limit_of_mail_is_shorter_than_a_lease(settings):
    settings.NOTIFICATION_EMAIL_TIMEOUT = settings.NOTIFICATION_LEASE_SECONDS = 60
    backend = "django.core.mail.backends.smtp.EmailBackend"
    if hasattr(mail, "mailers"):  # Django 6.1
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"host": "localhost"}}}
    else:
        settings.EMAIL_BACKEND = backend
    assert [each.id.split(".")[1] for each in background.check_time_limits()] == ["W023"]
    settings.NOTIFICATION_EMAIL_TIMEOUT = 15
    assert background.check_time_limits() == []
