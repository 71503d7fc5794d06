"""What the bell's JSON says. Text only: a client must show it with textContent."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from .. import clock
from ..conf import settings
from ..content.links import safe_link
from ..models import Notification, NotificationSettings
from ..quiet_hours import release
from .access import fill, restricted_types, visible
from .badge import Badge, badge_of, display_count
from .listing import newest


def count_data(user: Any, badge: Badge | None = None) -> dict[str, Any]:
    """The badge: `count` (one above the cap stands for more), as digits, and in words.

    `quiet` asks for a bell without number and announcement: the user's quiet hours.
    """
    badge = badge or badge_of(user)
    return {
        "count": badge.count,
        "display": display_count(badge.count),
        "label": bell_label(badge.count),
        "quiet": badge.quiet_bell and _is_quiet(user),
    }


def _is_quiet(user: Any) -> bool:
    row = NotificationSettings.objects.filter(user_id=user.pk).first()
    quiet = row.quiet if row is not None else None
    return quiet is not None and release(quiet, clock.now()) is not None


def bell_label(count: int) -> str:
    """The accessible name of the bell."""
    if not count:
        return gettext("Notifications, none unread")
    words = ngettext("Notifications, %(count)s unread", "Notifications, %(count)s unread", count)
    return words % {"count": display_count(count)}


def recent(user: Any) -> list[Notification]:
    """What is pinned, and then the newest of the inbox, for the dropdown.

    Pins take at most half of it, so that new ones still show up.
    """
    size = settings.NOTIFICATION_RECENT_COUNT
    first: list[Notification] = []

    def read(border: int | None) -> list[Notification]:
        # One more says that there are more, and is needed only where some may be hidden.
        rows = newest(user, size + bool(restricted_types()), below=border)
        first.extend(rows[: not first])
        return rows

    rows, _ = fill(user, size, read, None)
    pinned: list[Notification] = []
    if not first or first[0].has_pinned:
        inbox = Notification.objects.current().with_content()
        pinned = visible(user, inbox.pinned(user)[: (size + 1) // 2])
    return [*pinned, *rows][:size]


def notification_data(notification: Notification, request: HttpRequest) -> dict[str, Any]:
    """One notification as JSON. `url` marks it read and leads on to `action_url`."""
    return {
        "id": notification.pk,
        "type": notification.type,
        "type_label": str(notification.kind),
        "title": notification.title,
        "message": notification.text,
        "priority": notification.priority,
        "group_count": notification.group.count if notification.group else 1,
        "group_names": notification.group.names if notification.group else "",
        "is_read": notification.is_read,
        "is_pinned": notification.pinned_at is not None,
        "created_at": notification.created_at.isoformat(),
        "url": notification.get_absolute_url(),
        "action_url": safe_link(notification.message.action_url, request),
    }
