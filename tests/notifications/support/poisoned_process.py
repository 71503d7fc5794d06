"""A deliverer as a process of its own, with default settings, that one of its mails kills.

Run as: python poisoned_process.py JOURNAL USER; the database is that of DATABASE_NAME.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

JOURNAL, POISON = Path(sys.argv[1]), sys.argv[2]


def main() -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
    django.setup()

    from django_inapp_notifications.maintenance.sweep import sweep
    from django_inapp_notifications.types import NotificationType, register
    from tests.notifications.support.channels import RecordingChannel

    register(NotificationType("match", channels=("in_app", "recorded")))

    def send(self: Any, outgoing: Any) -> None:
        if outgoing.user.username == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        with JOURNAL.open("a") as journal:
            journal.write(f"sent {outgoing.user.username}\n")

    RecordingChannel.send = send
    sweep()


if __name__ == "__main__":
    main()
