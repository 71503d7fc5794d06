"""What a user does with their notifications, and how they are listed and counted."""

from .actions import (
    archive,
    delete,
    mark_all_read,
    mark_clicked,
    mark_read,
    mark_seen,
    mark_unread,
    pin,
    restore,
    snooze,
    unpin,
    unsnooze,
)

__all__ = [
    "archive",
    "delete",
    "mark_all_read",
    "mark_clicked",
    "mark_read",
    "mark_seen",
    "mark_unread",
    "pin",
    "restore",
    "snooze",
    "unpin",
    "unsnooze",
]
