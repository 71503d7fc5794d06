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
from .markers import Marker, badge_and_marker, marker_of

__all__ = [
    "Marker",
    "archive",
    "badge_and_marker",
    "delete",
    "mark_all_read",
    "mark_clicked",
    "mark_read",
    "mark_seen",
    "mark_unread",
    "marker_of",
    "pin",
    "restore",
    "snooze",
    "unpin",
    "unsnooze",
]
