"""What the API's JSON looks like. Times are ISO 8601 in UTC; texts are text, never HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ..content.links import safe_link
from ..models import Folder, Frequency, Notification, Priority

#: Notifications of one page.
DEFAULT_LIMIT, MAX_LIMIT = 25, 100

#: Words for the frequencies of digests.
FREQUENCIES = {
    "immediately": Frequency.IMMEDIATELY,
    "hourly": Frequency.HOURLY,
    "daily": Frequency.DAILY,
    "weekly": Frequency.WEEKLY,
}

#: How long a snooze lasts that names no moment.
SNOOZES = ["hour", "day", "week"]


class Moment(serializers.DateTimeField):
    """A time in UTC, whatever the site's formats and active time zone are."""

    def __init__(self, **options: Any) -> None:
        formats: dict[str, Any] = {"format": "iso-8601", "input_formats": ["iso-8601"]}
        super().__init__(default_timezone=UTC, **formats, **options)


class WallTime(serializers.TimeField):
    """A time of day as "22:00", whatever the site's formats are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["iso-8601"], **options)


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
    group_count = serializers.IntegerField(help_text="How many alike this one stands for.")
    group_names = serializers.CharField(allow_blank=True)
    action_url = serializers.CharField(allow_blank=True, help_text="Checked; empty for none.")
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

    pinned = NotificationSerializer(many=True, help_text="On the first page of all only.")
    results = NotificationSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Cursor of older ones.")
    previous = serializers.CharField(allow_null=True, help_text="Cursor of newer ones.")
    marker = serializers.CharField(
        allow_null=True, help_text="For mark-all-read; on the newest page of all or of unread."
    )


class UnreadCountSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="One above NOTIFICATION_BADGE_CAP means more.")
    display = serializers.CharField(allow_blank=True, help_text='"", "7" or "99+".')
    label = serializers.CharField(help_text="For a screen reader.")
    quiet = serializers.BooleanField(help_text="Show no number now: the user's quiet hours.")


class SnoozeSerializer(serializers.Serializer[Any]):
    """Until a moment, or for a length; a day without either."""

    until = Moment(required=False)
    length = serializers.ChoiceField(choices=SNOOZES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) > 1:
            raise serializers.ValidationError(_("Give until or length, not both."))
        return attrs


class MarkAllSerializer(serializers.Serializer[Any]):
    marker = serializers.CharField(max_length=5000, help_text="Of the newest page that was shown.")


class CellSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    enabled = serializers.BooleanField()
    locked = serializers.BooleanField(help_text="Cannot be switched off.")


class TypeSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    label = serializers.CharField()
    group = serializers.CharField(allow_blank=True)
    channels = CellSerializer(many=True)


class ChannelSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    label = serializers.CharField()
    enabled = serializers.BooleanField(help_text="False switches off every type.")
    digests = serializers.BooleanField(help_text="Whether frequency can be chosen.")
    frequency = serializers.ChoiceField(choices=list(FREQUENCIES))


class PreferencesSerializer(serializers.Serializer[Any]):
    types = TypeSerializer(many=True)
    channels = ChannelSerializer(many=True)


class PreferenceChangeSerializer(serializers.Serializer[Any]):
    """One cell, one channel, or the frequency of a channel's digests."""

    channel = serializers.CharField(max_length=50)
    type = serializers.CharField(max_length=64, required=False, help_text="All, if left out.")
    enabled = serializers.BooleanField(required=False)
    frequency = serializers.ChoiceField(choices=list(FREQUENCIES), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("enabled" in attrs) == ("frequency" in attrs):
            raise serializers.ValidationError(_("Give either enabled or frequency."))
        if "frequency" in attrs and "type" in attrs:
            raise serializers.ValidationError(_("A frequency is chosen for a whole channel."))
        return attrs


class SettingsSerializer(serializers.Serializer[Any]):
    """Quiet hours, pause and digests. Wall times are of the user's time zone."""

    quiet_hours = serializers.BooleanField()
    quiet_start = WallTime(allow_null=True)
    quiet_end = WallTime(allow_null=True)
    quiet_days = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        max_length=7,
        help_text="Weekdays on which quiet hours start; 0 is Monday.",
    )
    quiet_bell = serializers.BooleanField()
    time_zone = serializers.CharField(
        max_length=64, allow_blank=True, help_text="IANA name; the site's if empty."
    )
    muted = serializers.BooleanField()
    muted_until = Moment(allow_null=True)
    digest_hour = serializers.IntegerField(min_value=0, max_value=23)
    digest_weekday = serializers.IntegerField(min_value=0, max_value=6)


def settings_of(own: Any) -> dict[str, Any]:
    """Return what SettingsSerializer declares, of a row of NotificationSettings."""
    return {
        "quiet_hours": own.quiet_hours,
        "quiet_start": own.quiet_start and f"{own.quiet_start:%H:%M}",
        "quiet_end": own.quiet_end and f"{own.quiet_end:%H:%M}",
        "quiet_days": [day for day in range(7) if own.quiet_days >> day & 1],
        "quiet_bell": own.quiet_bell,
        "time_zone": own.time_zone,
        "muted": own.muted,
        "muted_until": moment(own.muted_until),
        "digest_hour": own.digest_hour,
        "digest_weekday": own.digest_weekday,
    }


class PushKeysSerializer(serializers.Serializer[Any]):
    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=40)


class PushSubscriptionSerializer(serializers.Serializer[Any]):
    """What a browser's PushSubscription.toJSON() gives."""

    endpoint = serializers.CharField(max_length=2000)
    keys = PushKeysSerializer()


class PushEndpointSerializer(serializers.Serializer[Any]):
    endpoint = serializers.CharField(max_length=2000)
