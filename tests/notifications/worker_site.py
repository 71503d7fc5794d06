"""The site as its workers see it: settings, a Celery app, and a channel that keeps a journal.

What differs from run to run comes from the environment: DATABASE_NAME, JOURNAL, DISPATCHER, and for
Celery BROKER_URL and QUEUE. With DIE_AFTER_CLAIM, a file that is not there yet, a worker is killed
once, when it has claimed a delivery and before it has sent it.
"""

import os
import signal
from pathlib import Path

from tests.notifications.celery_site import celery_app
from tests.notifications.settings import *  # noqa: F403
from tests.notifications.settings import DATABASES, NOTIFICATION_CHANNELS

from django_inapp_notifications.channels.base import Channel, Outgoing

DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
NOTIFICATION_DISPATCHER = os.environ["DISPATCHER"]
NOTIFICATION_CHANNELS = [*NOTIFICATION_CHANNELS[:-1], "tests.notifications.worker_site.Journal"]
NOTIFICATION_LEASE_SECONDS = 1


class Journal(Channel):
    name = "recorded"
    label = "Recorded"

    def can_reach(self, user: object) -> bool:
        return True

    def send(self, outgoing: Outgoing) -> None:
        mark = os.environ.get("DIE_AFTER_CLAIM")
        if mark and not Path(mark).exists():
            Path(mark).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        with Path(os.environ["JOURNAL"]).open("a") as journal:
            journal.write(f"{outgoing.user.username}\n")


if "BROKER_URL" in os.environ:
    app = celery_app(os.environ["BROKER_URL"], os.environ["QUEUE"])
