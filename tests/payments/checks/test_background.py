"""A site is told at its start what its dispatcher lacks: the package, the broker, the worker."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import pytest
from celery import Celery
from django.core.checks import run_checks

from django_stripe_payments.workers import celery

FRAMEWORK = "django.tasks" if django.VERSION >= (6,) else "django_tasks"
IMMEDIATE = f"{FRAMEWORK}.backends.immediate.ImmediateBackend"

#: A site in which some packages can't be imported.
WITHOUT = """
import sys
dispatcher, *missing = sys.argv[1:]
for name in missing:
    sys.modules[name] = None
from django.conf import settings
apps = ["django.contrib.auth", "django.contrib.contenttypes", "django_stripe_payments"]
memory = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
settings.configure(INSTALLED_APPS=apps, DATABASES=memory, STRIPE_DISPATCHER=dispatcher)
import django
django.setup()
import django_stripe_payments.tasks
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django_stripe_payments.dispatch import get_dispatcher
print([message.id for message in run_checks() if message.id.endswith("E060")])
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
        ("celery", ["celery"], "django-stripe-payments-kit[celery]"),
        ("django_tasks", ["django.tasks", "django_tasks"], "django-stripe-payments-kit[tasks]"),
    ],
)
def test_a_missing_package_is_named_by_its_extra(
    dispatcher: str, missing: list[str], extra: str
) -> None:
    command = [sys.executable, "-c", WITHOUT, dispatcher, *missing]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("['django_stripe_payments.E060']"), said
    assert extra in said


def test_inline_needs_neither() -> None:
    command = [sys.executable, "-c", WITHOUT, "inline", "celery", "django.tasks", "django_tasks"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("broker", "expected"), [(None, {"W060"}), ("redis://broker.example/0", set())]
)
def test_celery_without_a_broker_is_told(
    settings: Any, monkeypatch: pytest.MonkeyPatch, broker: str | None, expected: set[str]
) -> None:
    settings.STRIPE_DISPATCHER = "celery"
    monkeypatch.setattr(
        celery, "remembered_app", Celery("shop", broker=broker, set_as_current=False)
    )
    assert ids() & {"W060", "E060", "E007"} == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("backend", "queue", "expected"),
    [
        ("django_tasks_db.DatabaseBackend", "", set()),
        ("django_tasks_db.DatabaseBackend", "payments", {"E061"}),
        (IMMEDIATE, "", {"W061"}),
    ],
)
def test_tasks_that_nobody_would_do_are_told(
    settings: Any, backend: str, queue: str, expected: set[str]
) -> None:
    settings.STRIPE_DISPATCHER = "django_tasks"
    settings.STRIPE_TASK_QUEUE = queue
    settings.TASKS = {"default": {"BACKEND": backend, "QUEUES": ["default"]}}
    assert ids() & {"W061", "E061", "E060"} == expected


def test_the_site_s_celery_app_is_found_from_any_thread(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Celery's own current app is that of the thread in which it was made."""
    monkeypatch.setattr(celery, "remembered_app", None)
    settings.STRIPE_DISPATCHER = "celery"
    shop = Celery("shop", broker="memory://")
    celery.remember_app()
    with ThreadPoolExecutor() as other:
        assert other.submit(celery.site_app).result() is shop
