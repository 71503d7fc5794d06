"""The channel of the test's workers: it writes down to whom it sent, in the file JOURNAL."""

import os
import signal
from pathlib import Path

from django_inapp_notifications.channels.base import Channel, Outgoing


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
