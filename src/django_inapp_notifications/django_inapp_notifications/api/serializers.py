"""What the API's JSON looks like. Times are ISO 8601 in UTC; texts are text, never HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ..content.links import safe_link
from ..models import Folder, Notification, Priority

#: Notifications of one page.
DEFAULT_LIMIT, MAX_LIMIT = 25, 100


#: How long a snooze lasts that names no moment.
SNOOZES = ["hour", "day", "week"]


class Moment(serializers.DateTimeField):
    """A time in UTC, whatever the site's formats and active time zone are."""

    def __init__(self, **options: Any) -> None:
        formats: dict[str, Any] = {"format": "iso-8601", "input_formats": ["iso-8601"]}
        super().__init__(default_timezone=UTC, **formats, **options)


def moment(value: datetime | None) -> str | None:
    """Return a time as ``Moment`` writes it."""
    if value is None:
        return None
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class ProblemErrorSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="JSON pointer to the field; empty for the whole.",
    )
    parameter = serializers.CharField(required=False, help_text="Name of the query parameter.")
    detail = serializers.CharField()
    code = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details, RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people, in their language.")
    code = serializers.CharField(help_text="For programs; it never changes its meaning.")
    errors = ProblemErrorSerializer(many=True, required=False)


class NotificationSerializer(serializers.Serializer[Notification]):
    """One notification of the user's inbox."""

    id = serializers.IntegerField()
    type = serializers.CharField()
    type_label = serializers.CharField()
    title = serializers.CharField()
    message = serializers.CharField(allow_blank=True)
    priority = serializers.ChoiceField(choices=Priority.choices)
    is_read = serializers.BooleanField()
    is_pinned = serializers.BooleanField()
    folder = serializers.ChoiceField(choices=["inbox", "archive", "deleted"])
    group_count = serializers.IntegerField(
        help_text="Number of similar notifications that this one stands for."
    )
    group_names = serializers.CharField(allow_blank=True)
    action_url = serializers.CharField(
        allow_blank=True, help_text="A checked link; empty if there is none."
    )
    created_at = Moment()
    read_at = Moment(allow_null=True)
    snoozed_until = Moment(allow_null=True)
    expires_at = Moment(allow_null=True)

    def to_representation(self, instance: Notification) -> dict[str, Any]:
        return notification(instance, self.context["request"])


#: Words for folders. What is shown nowhere counts as deleted.
FOLDERS = {Folder.INBOX: "inbox", Folder.ARCHIVE: "archive"}


def notification(row: Notification, request: Any) -> dict[str, Any]:
    """Return what NotificationSerializer declares; a page has up to 100 of them."""
    group = row.group
    return {
        "id": row.pk,
        "type": row.type,
        "type_label": str(row.kind),
        "title": row.title,
        "message": row.text,
        "priority": row.priority,
        "is_read": row.is_read,
        "is_pinned": row.pinned_at is not None,
        "folder": FOLDERS.get(Folder(row.folder), "deleted"),
        "group_count": group.count if group else 1,
        "group_names": group.names if group else "",
        "action_url": safe_link(row.message.action_url, request),
        "created_at": moment(row.created_at),
        "read_at": moment(row.read_at),
        "snoozed_until": moment(row.snoozed_until),
        "expires_at": moment(row.expires_at),
    }


class PageSerializer(serializers.Serializer[Any]):
    """A page of notifications, newest first."""

    pinned = NotificationSerializer(many=True, help_text="Only on the first page, without filters.")
    results = NotificationSerializer(many=True)
    next = serializers.CharField(
        allow_null=True, help_text="Cursor of the older page; null if there is none."
    )
    previous = serializers.CharField(
        allow_null=True, help_text="Cursor of the newer page; null if there is none."
    )
    marker = serializers.CharField(
        allow_null=True, help_text="For mark-all-read; only on the first page of all or of unread."
    )


class UnreadCountSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(
        help_text="Capped: NOTIFICATION_BADGE_CAP plus 1 means more than the cap."
    )
    display = serializers.CharField(allow_blank=True, help_text='"", "7" or "99+".')
    label = serializers.CharField(help_text="For a screen reader.")
    quiet = serializers.BooleanField(
        help_text="Whether the number is hidden now, because of quiet hours."
    )


class SnoozeSerializer(serializers.Serializer[Any]):
    """A time or a duration; without either, one day."""

    until = Moment(required=False)
    length = serializers.ChoiceField(choices=SNOOZES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) > 1:
            raise serializers.ValidationError(_("Give until or length, not both."))
        return attrs


class MarkAllSerializer(serializers.Serializer[Any]):
    marker = serializers.CharField(
        max_length=5000, help_text="The marker of the newest page that was shown."
    )
