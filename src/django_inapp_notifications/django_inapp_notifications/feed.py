"""What the bell's JSON says. Text only: a client must show it with textContent."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from .access import visible
from .badge import display_count, unread_count
from .conf import settings
from .keyset import in_order
from .links import safe_link
from .models import Notification, Place

__all__ = ["count_data", "notification_data", "recent"]


def count_data(user: Any) -> dict[str, Any]:
    """The badge: `count` (one above the cap stands for more), as digits, and in words."""
    count = unread_count(user.pk)
    return {"count": count, "display": display_count(count), "label": bell_label(count)}


def bell_label(count: int) -> str:
    """The accessible name of the bell."""
    if not count:
        return gettext("Notifications, none unread")
    words = ngettext("Notifications, %(count)s unread", "Notifications, %(count)s unread", count)
    return words % {"count": display_count(count)}


def recent(user: Any) -> list[Notification]:
    """The newest notifications of the inbox, for the dropdown."""
    inbox = Notification.objects.filter(place=Place.INBOX).current().with_content()
    rows = in_order(inbox, user.pk)
    return visible(user, rows[: settings.NOTIFICATION_RECENT_COUNT])


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
        "created_at": notification.created_at.isoformat(),
        "url": notification.get_absolute_url(),
        "action_url": safe_link(notification.message.action_url, request),
    }
