"""A site with django-generic-notifications: the functions that its documentation names.

It has no views, so the whole requests are not compared; pages are the functions alone.
"""

from typing import Any

from .base import CASES, add_users, case, configure, run_sql, settle, timed, value_of
from .copies import copy_row

TABLE = "generic_notifications_notification"
CHANNELS = "generic_notifications_notificationchannel"
COLLECTOR, MARKER = 1, 2

_kind: list[Any] = []


def start(database: str) -> None:
    configure(
        database,
        "benchmarks.sites.no_urls",
        ["generic_notifications"],
    )
    from generic_notifications.channels import WebsiteChannel
    from generic_notifications.types import NotificationType, register

    @register
    class Match(NotificationType):
        key = "match"
        name = "Matches"
        description = "Your matches"
        default_channels = [WebsiteChannel]

    _kind.append(Match)


def cases() -> list[str]:
    return list(CASES)


def load(rows: int, users: int, unread_to_mark: int) -> None:
    """Store as many as the notifications site does, for the same users, on its website channel."""
    from generic_notifications import send_notification
    from generic_notifications.models import Notification, NotificationChannel

    add_users(users)
    send_notification(_user(3), _kind[0], subject="Match starts", text="In ten minutes.")
    example, channel = Notification.objects.get(), NotificationChannel.objects.first()
    recipient = f"CASE WHEN n % 5 = 0 THEN {COLLECTOR} ELSE 4 + n % {users - 4} END"
    read = f"CASE WHEN n > {rows // 2} THEN NULL ELSE CURRENT_TIMESTAMP END"
    copy_row(example, rows, recipient_id=recipient, read=read)
    copy_row(example, unread_to_mark, recipient_id=str(MARKER))
    copy_row(channel, rows + unread_to_mark, notification_id=f"{example.pk} + n")
    settle(TABLE, CHANNELS)


def _user(pk: int) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(pk=pk)


@case
def count() -> float:
    from generic_notifications.utils import get_unread_count

    user = _user(COLLECTOR)
    return timed(lambda: get_unread_count(user))


@case
def mark_all() -> float:
    from generic_notifications.utils import mark_notifications_as_read

    user = _user(MARKER)
    seconds = timed(lambda: mark_notifications_as_read(user))
    run_sql(f"UPDATE {TABLE} SET read = NULL WHERE recipient_id = %s", MARKER)
    settle(TABLE)
    return seconds


@case
def fan_out(users: int) -> float:
    from django.contrib.auth import get_user_model
    from generic_notifications import send_notifications

    last = value_of(f"SELECT max(id) FROM {TABLE}")
    everybody = get_user_model().objects.filter(pk__lte=users)
    content = {"subject": "Match starts", "text": "In ten minutes."}
    seconds = timed(lambda: send_notifications(everybody, _kind[0], **content))
    run_sql(f"DELETE FROM {CHANNELS} WHERE notification_id > %s", last)
    run_sql(f"DELETE FROM {TABLE} WHERE id > %s", last)
    settle(TABLE)
    return seconds
