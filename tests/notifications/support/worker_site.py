"""The site as its workers see it: settings, a Celery app, and a channel that keeps a journal.

What differs from run to run comes from the environment: DATABASE_NAME, JOURNAL, DISPATCHER, and for
Celery BROKER_URL and QUEUE. With DIE_AFTER_CLAIM, a file that is not there yet, a worker is killed
once, when it has claimed a delivery and before it has sent it.
"""

import os

from django.apps import AppConfig

from tests.notifications.settings import *  # noqa: F403
from tests.notifications.settings import DATABASES, INSTALLED_APPS, NOTIFICATION_CHANNELS
from tests.notifications.support.celery_site import celery_app

INSTALLED_APPS = [*INSTALLED_APPS, "tests.notifications.support.worker_site.Types"]
DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
NOTIFICATION_DISPATCHER = os.environ["DISPATCHER"]
NOTIFICATION_CHANNELS = [*NOTIFICATION_CHANNELS[:-1], "tests.notifications.support.journal.Journal"]
NOTIFICATION_LEASE_SECONDS = 1


class Types(AppConfig):
    name = "tests.notifications"
    label = "tests_notifications"

    def ready(self) -> None:
        from django_inapp_notifications.types import NotificationType, register

        register(NotificationType("match", channels=("in_app", "recorded")))


if "BROKER_URL" in os.environ:
    app = celery_app(os.environ["BROKER_URL"], os.environ["QUEUE"])
