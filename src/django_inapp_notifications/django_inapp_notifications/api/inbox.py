"""Routes of the inbox: list and badge, one notification, and changes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from .. import clock, inbox, types
from ..inbox import listing
from ..inbox.access import visible
from ..inbox.feed import count_data
from ..inbox.markers import is_id
from ..models import Notification, Priority
from . import cursors
from .base import ApiView
from .documentation import document
from .problems import InvalidParameter, NotFound
from .serializers import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    MarkAllSerializer,
    NotificationSerializer,
    PageSerializer,
    SnoozeSerializer,
    UnreadCountSerializer,
    notification,
)

LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}

QUERY: dict[str, Any] = {
    "status": {"type": "string", "enum": listing.Status.values, "default": "all"},
    "type": {"type": "string", "description": "Slug of a notification type."},
    "priority": {"type": "string", "enum": Priority.values},
    "q": {"type": "string", "description": "Words of the title or the text."},
    "limit": {
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_LIMIT,
        "default": DEFAULT_LIMIT,
    },
    "cursor": {"type": "string", "description": "A value of next or previous from another page."},
}


class NotificationList(ApiView):
    """The inbox."""

    @document("listNotifications", answers=PageSerializer, query=QUERY)
    def get(self, request: Request) -> Response:
        """Return a page of the user's notifications, newest first."""
        query = request.query_params
        cursor, filters = query.get("cursor", ""), _filters(query)
        # Before the rows: what is committed in between is shown and stays unread.
        marker = str(inbox.marker_of(request.user)) if _shows_all(filters, cursor) else None
        page = listing.fetch_page(
            request.user,
            filters,
            size=_limit(query.get("limit")),
            **(cursors.position(cursor) if cursor else {}),
        )
        if not cursor and not filters.is_active:
            inbox.mark_seen(request.user, page.shown)
        return Response(
            {
                "pinned": [notification(each, request) for each in page.pinned],
                "results": [notification(each, request) for each in page.items],
                "next": cursors.older(page),
                "previous": cursors.newer(page),
                "marker": marker,
            }
        )


class UnreadCount(ApiView):
    """The badge."""

    @document("getUnreadCount", answers=UnreadCountSerializer, unchanged=True)
    def get(self, request: Request) -> Response:
        """Return the number of unread notifications; poll it with If-None-Match."""
        return self.tagged(count_data(request.user))


class MarkAllRead(ApiView):
    """All notifications up to a page that was shown."""

    @document("markAllRead", body=MarkAllSerializer, answers=UnreadCountSerializer)
    def post(self, request: Request) -> Response:
        """Mark as read what was unread when the page with this marker was shown."""
        text = self.checked(MarkAllSerializer)["marker"]
        try:
            marker = inbox.Marker.parse(text)
        except ValueError:
            problem = _("Use the marker of a page of the list.")
            raise InvalidParameter("marker", problem) from None
        inbox.mark_all_read(request.user, marker)
        return Response(count_data(request.user))


class OneNotification(ApiView):
    """One notification; another user's is a 404."""

    @document("getNotification", answers=NotificationSerializer, has_id=True)
    def get(self, request: Request, pk: str) -> Response:
        """Return one notification. Reading it here does not mark it as read."""
        return Response(notification(self.own(pk), request))

    @document("deleteNotification", status=204, has_id=True)
    def delete(self, request: Request, pk: str) -> Response:
        """Delete a notification; restore undoes it for a while."""
        inbox.delete(request.user, [self.own(pk).pk])
        return Response(status=204)

    def own(self, pk: str) -> Notification:
        """Return the user's notification; raise NotFound for any other, or an invalid id."""
        if not is_id(pk):
            raise NotFound
        rows = Notification.objects.of(self.request.user).filter(pk=int(pk)).with_content()
        shown = visible(self.request.user, rows)
        if not shown:
            raise NotFound
        return shown[0]


class Action(OneNotification):
    """A change of one notification. The answer is the changed notification."""

    http_method_names: ClassVar = ["post", "options"]

    def done(self, pk: str) -> Response:
        return Response(notification(self.own(pk), self.request))


class Read(Action):
    @document("markRead", answers=NotificationSerializer, has_id=True)
    def post(self, request: Request, pk: str) -> Response:
        """Mark a notification as read. Repeating it changes nothing."""
        inbox.mark_read(request.user, [self.own(pk).pk])
        return self.done(pk)


class Unread(Action):
    @document("markUnread", answers=NotificationSerializer, has_id=True)
    def post(self, request: Request, pk: str) -> Response:
        """Mark a notification as unread."""
        inbox.mark_unread(request.user, [self.own(pk).pk])
        return self.done(pk)


class Archive(Action):
    @document("archiveNotification", answers=NotificationSerializer, has_id=True)
    def post(self, request: Request, pk: str) -> Response:
        """Move a notification to the archive."""
        inbox.archive(request.user, [self.own(pk).pk])
        return self.done(pk)


class Restore(Action):
    @document("restoreNotification", answers=NotificationSerializer, has_id=True)
    def post(self, request: Request, pk: str) -> Response:
        """Undo a deletion, or move a notification from the archive to the inbox."""
        inbox.restore(request.user, [self.own(pk).pk])
        return self.done(pk)


class Snooze(Action):
    @document(
        "snoozeNotification", body=SnoozeSerializer, answers=NotificationSerializer, has_id=True
    )
    def post(self, request: Request, pk: str) -> Response:
        """Hide a notification until a given time, when it returns unread."""
        row, asked = self.own(pk), self.checked(SnoozeSerializer)
        inbox.snooze(request.user, [row.pk], _until(asked))
        return self.done(pk)


class Unsnooze(Action):
    @document("unsnoozeNotification", answers=NotificationSerializer, has_id=True)
    def post(self, request: Request, pk: str) -> Response:
        """Return a snoozed notification to the inbox now."""
        inbox.unsnooze(request.user, [self.own(pk).pk])
        return self.done(pk)


class Pin(Action):
    @document("pinNotification", answers=NotificationSerializer, has_id=True)
    def post(self, request: Request, pk: str) -> Response:
        """Keep a notification at the top of the inbox."""
        inbox.pin(request.user, [self.own(pk).pk])
        return self.done(pk)


class Unpin(Action):
    @document("unpinNotification", answers=NotificationSerializer, has_id=True)
    def post(self, request: Request, pk: str) -> Response:
        """Return a pinned notification to its place by age."""
        inbox.unpin(request.user, [self.own(pk).pk])
        return self.done(pk)


def _shows_all(filters: listing.Filters, cursor: str) -> bool:
    """Whether a page is one that may offer to mark all as read: the newest of all or of unread."""
    unread = listing.Filters(listing.Status.UNREAD.value)
    return not cursor and filters in (listing.Filters(), unread)


def _until(asked: dict[str, Any]) -> datetime:
    until: datetime | None = asked.get("until")
    if until is None:
        return clock.now() + LENGTHS[asked.get("length", "day")]
    if until <= clock.now():
        raise InvalidParameter("until", _("Choose a time in the future."))
    return until


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidParameter("limit", _("Give a number from 1 to %s.") % MAX_LIMIT)
    return int(text)


def _filters(query: Any) -> listing.Filters:
    """Return the filters of a query. Raises InvalidParameter, where the page would ignore it."""
    allowed = {
        "status": listing.Status.values,
        "priority": Priority.values,
        "type": [each.slug for each in types.all_types()],
    }
    for name, values in allowed.items():
        if name in query and query[name] not in values:
            known = ", ".join(values)
            raise InvalidParameter(name, _("Use one of these: %s.") % known)
    return listing.Filters.from_query(query)
