"""A dispatcher as a process of its own, which may die at any of the marked points.

Run as: python dispatcher_process.py JOURNAL SEED CHANCE; the database is that of DATABASE_NAME.
The journal says what a provider has seen, and where the process died.
"""

import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

JOURNAL, SEED, CHANCE = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
dice = random.Random(SEED)  # noqa: S311


def write(line: str) -> None:
    with JOURNAL.open("a") as journal:
        journal.write(line + "\n")


def maybe_die(point: str, key: str = "") -> None:
    if dice.random() < CHANCE:
        write(f"died {point} {key}")
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
    settings.NOTIFICATION_LEASE_SECONDS = 4
    settings.NOTIFICATION_BATCH_SIZE = 10
    settings.NOTIFICATION_MAX_ATTEMPTS = 50
    settings.NOTIFICATION_RETRY_SECONDS = 0  # after a death too
    django.setup()

    from django_inapp_notifications.delivery import deliver as delivery
    from django_inapp_notifications.delivery import digest_delivery
    from django_inapp_notifications.types import NotificationType, register
    from tests.notifications.support.channels import RecordingChannel

    register(NotificationType("match", channels=("in_app", "recorded")))

    def send(self: Any, outgoing: Any) -> None:
        maybe_die("before_send", outgoing.key)
        write(f"sent {outgoing.key}")
        maybe_die("after_send", outgoing.key)

    RecordingChannel.send = send
    for module in [delivery, digest_delivery]:
        finish, claim = module.finish, module.claim

        def finish_or_die(*args: Any, finish: Any = finish, **kwargs: Any) -> bool:
            done = finish(*args, **kwargs)
            maybe_die("after_note")
            return bool(done)

        def claim_or_die(*args: Any, claim: Any = claim) -> Any:
            claimed = claim(*args)
            if claimed[1]:
                maybe_die("after_claim")
            return claimed

        module.finish, module.claim = finish_or_die, claim_or_die
    delivery.deliver_due()
    digest_delivery.send_due_digests()


if __name__ == "__main__":
    main()
