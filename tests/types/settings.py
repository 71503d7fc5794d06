"""Both apps installed: what the type checker sees. Of other packages there is none."""

from tests.payments.settings import *  # noqa: F403
from tests.payments.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [
    *(app for app in _APPS if not app.startswith("django_tasks")),
    "django_inapp_notifications",
]
TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
