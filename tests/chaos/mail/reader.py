"""A person with a page in front of them, who marks as read what it showed, again and again."""

import os
import time
from pathlib import Path

from tests.chaos import ready

#: Seconds between looking at a page and marking it: enough for others to commit.
LOOKS = 0.03


def read() -> None:
    """Mark pages, and write down every notification that was read and never shown."""
    from django.contrib.auth import get_user_model
    from django.db import close_old_connections

    from django_inapp_notifications.inbox import badge_and_marker, mark_all_read
    from django_inapp_notifications.models import Notification
    from tests.chaos import travel

    travel.follow()
    ready.tell()
    users = list(get_user_model().objects.order_by("pk"))
    folder = Path(os.environ["MAIL_FOLDER"])
    while True:
        close_old_connections()
        for user in users:
            own = Notification.objects.of(user.pk)
            _badge, marker = badge_and_marker(user)
            shown = set(own.values_list("pk", flat=True))
            time.sleep(LOOKS)
            mark_all_read(user, marker)
            open_ones = {row.pk for row in own.unread_above_watermark(user)}
            read_unseen = set(own.values_list("pk", flat=True)) - open_ones - shown
            kept = own.filter(kept_unread=True).values_list("pk", flat=True)
            # What was committed after both looks is unread, and in neither.
            for pk in read_unseen - set(kept):
                row = own.with_content().get(pk=pk)
                if row.is_read:
                    (folder / f"{pk}.unseen").touch()
            (folder / f"{user.pk}.marked").touch()
