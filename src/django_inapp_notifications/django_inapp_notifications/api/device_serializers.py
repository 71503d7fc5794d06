"""What the API's JSON looks like for devices."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ..models import Device
from ..models.device import MAX_ADDRESS
from .serializers import Moment, moment


class NewDeviceSerializer(serializers.Serializer[Any]):
    """What an app knows of itself."""

    kind = serializers.ChoiceField(choices=Device.Kind.values)
    address = serializers.CharField(
        max_length=MAX_ADDRESS, help_text="What the push service gave the app, as it is."
    )
    environment = serializers.ChoiceField(
        choices=Device.Environment.values,
        default=Device.Environment.PRODUCTION.value,
        help_text="Of an APNs address: sandbox in an app that Xcode installed.",
    )
    app = serializers.CharField(
        max_length=255,
        allow_blank=True,
        default="",
        help_text="Bundle id or package name; APNs needs it.",
    )
    locale = serializers.CharField(
        max_length=35, allow_blank=True, default="", help_text="Language of this device."
    )
    time_zone = serializers.CharField(
        max_length=64, allow_blank=True, default="", help_text="IANA name."
    )


class DeviceSerializer(serializers.Serializer[Device]):
    """A registered device; its address is not shown."""

    installation = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Device.Kind.values)
    environment = serializers.ChoiceField(choices=Device.Environment.values)
    app = serializers.CharField(allow_blank=True)
    locale = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(allow_blank=True)
    last_seen_at = Moment()

    def to_representation(self, instance: Device) -> dict[str, Any]:
        return device(instance)


def device(row: Device) -> dict[str, Any]:
    """Return what DeviceSerializer declares."""
    return {
        "installation": str(row.installation),
        "kind": row.kind,
        "environment": row.environment,
        "app": row.app,
        "locale": row.locale,
        "time_zone": row.time_zone,
        "last_seen_at": moment(row.last_seen_at),
    }
