"""Whoever notifies: a web process, as it were, that is killed in the middle of it."""

import time
from uuid import uuid4

from tests.chaos import ready

#: One transaction in so many is rolled back, with all that was to be sent.
ROLLED_BACK = 5

#: Seconds between two calls: somebody else wants to be served too.
PAUSE = 0.02

#: Seconds for which a transaction stays open: none, one or two times this.
OPEN = 0.02


def send(number: int, calls: int) -> None:
    """Notify until there are so many calls of this sender; then stay, for whoever kills it."""
    from django.contrib.auth import get_user_model
    from django.db import close_old_connections, transaction

    from django_inapp_notifications.services import notify
    from tests.chaos import travel
    from tests.chaos.mail.mailbox import POISON
    from tests.chaos.mail.models import Call

    travel.follow()
    ready.tell()
    users = list(get_user_model().objects.order_by("pk"))
    turn = 0
    while Call.objects.filter(title__startswith=f"{number} ").count() < calls:
        close_old_connections()
        turn += 1
        title = f"{number} {uuid4()}"
        is_poison = number == 0 and not Call.objects.filter(is_poison=True).exists()
        recipients = [users[(turn + step) % len(users)] for step in range(3)]
        text = POISON if is_poison else "It is on."
        with transaction.atomic():
            notify(recipients, "news", title=title, message=text, metadata={"n": turn})
            Call.objects.create(title=title, is_poison=is_poison)
            # Open for a while, so that what has a later id is often committed earlier.
            time.sleep(OPEN * (turn % 3))
            transaction.set_rollback(turn % ROLLED_BACK == 0)
        time.sleep(PAUSE)
    while True:
        time.sleep(60)
