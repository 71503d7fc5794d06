"""What the API's JSON of preferences and settings looks like."""

from __future__ import annotations

from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from ..models import Frequency
from .serializers import Moment, moment

#: Words for the frequencies of digests.
FREQUENCIES = {
    "immediately": Frequency.IMMEDIATELY,
    "hourly": Frequency.HOURLY,
    "daily": Frequency.DAILY,
    "weekly": Frequency.WEEKLY,
}


class WallTime(serializers.RegexField):
    """A time of day as "22:00".

    Not a TimeField: OpenAPI's format "time" has seconds and an offset, and a wall time has none.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", **options)

    def to_internal_value(self, data: Any) -> Any:
        """Return the time; what the pattern does not match was refused by the validator."""
        text = super().to_internal_value(data)
        self.run_validators(text)
        return time.fromisoformat(text)

    def run_validators(self, value: Any) -> None:
        """Look at the text; the time that it became needs no second look."""
        if isinstance(value, str):
            super().run_validators(value)


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
    enabled = serializers.BooleanField(help_text="If false, no type is sent on this channel.")
    digests = serializers.BooleanField(help_text="Whether the channel can send digests.")
    frequency = serializers.ChoiceField(choices=list(FREQUENCIES))


class PreferencesSerializer(serializers.Serializer[Any]):
    types = TypeSerializer(many=True)
    channels = ChannelSerializer(many=True)


class PreferenceChangeSerializer(serializers.Serializer[Any]):
    """One cell, one channel, or the frequency of a channel's digests."""

    channel = serializers.CharField(max_length=50)
    type = serializers.CharField(
        max_length=64, required=False, help_text="Every type, if left out."
    )
    enabled = serializers.BooleanField(required=False)
    frequency = serializers.ChoiceField(choices=list(FREQUENCIES), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("enabled" in attrs) == ("frequency" in attrs):
            raise serializers.ValidationError(_("Give either enabled or frequency."))
        if "frequency" in attrs and "type" in attrs:
            raise serializers.ValidationError(_("A frequency is chosen for a whole channel."))
        return attrs


class SettingsSerializer(serializers.Serializer[Any]):
    """Quiet hours, pause and digests. Times of day are in the user's time zone."""

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
        max_length=64, allow_blank=True, help_text="IANA name; empty for the site's time zone."
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
