"""A site with the notifications app alone, whose workers mail into a folder."""

import os

import django
from celery import Celery
from celery.signals import worker_ready

from tests.chaos import ready
from tests.notifications.settings import *  # noqa: F403
from tests.notifications.settings import DATABASES, INSTALLED_APPS, NOTIFICATION_CHANNELS

INSTALLED_APPS = [
    *(name for name in INSTALLED_APPS if not name.startswith("django_tasks")),
    "tests.chaos.mail",
]
TASKS: dict[str, dict[str, str]] = {}
DATABASES["default"] |= {"NAME": "chaos", "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
ROOT_URLCONF = "tests.notifications.urls"
NOTIFICATION_CHANNELS = NOTIFICATION_CHANNELS[:-1]
NOTIFICATION_DISPATCHER = "celery"
# Leases, batches, attempts and delays are as shipped: see travel.

MAIL_FOLDER = os.environ.get("MAIL_FOLDER", "")
BACKEND = "tests.chaos.mail.mailbox.FolderBackend"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": BACKEND}}
else:
    EMAIL_BACKEND = BACKEND

app = Celery("chaos", broker=os.environ.get("REDIS_URL", "").replace("unix://", "redis+socket://"))
app.conf.update(
    broker_transport_options={"visibility_timeout": 2},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks(["django_inapp_notifications"])
worker_ready.connect(ready.tell, weak=False)
