"""Routes of the preferences: the grid cell by cell, quiet hours and digests."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from .. import preferences
from ..channels import all_channels, outside_channels
from ..models import NotificationSettings
from ..preferences.grid import Grid, grid
from ..types import offered_to
from .base import ApiView
from .documentation import document
from .preference_serializers import (
    FREQUENCIES,
    PreferenceChangeSerializer,
    PreferencesSerializer,
    SettingsSerializer,
    settings_of,
)

WORDS: dict[str, str] = {value: word for word, value in FREQUENCIES.items()}


class Preferences(ApiView):
    """What the user wants to receive, by which channel."""

    @document("getPreferences", answers=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        """Return every type that concerns the user, and every channel."""
        return Response(_shown(grid(request.user)))

    @document("changePreference", body=PreferenceChangeSerializer, answers=PreferencesSerializer)
    def patch(self, request: Request) -> Response:
        """Change one cell, one channel, or the frequency of its digests."""
        asked = self.checked(PreferenceChangeSerializer)
        user, channel, how = request.user, asked["channel"], {"how": "api", "actor": request.user}
        _require_known(user, asked)
        if "frequency" in asked:
            preferences.set_frequency(user, channel, FREQUENCIES[asked["frequency"]], **how)
        elif "type" in asked:
            preferences.set_type(user, asked["type"], channel, asked["enabled"], **how)
        else:
            preferences.set_channel(user, channel, asked["enabled"], **how)
        return Response(_shown(grid(user)))


class Settings(ApiView):
    """Quiet hours, pause, time zone and digests."""

    @document("getSettings", answers=SettingsSerializer, unchanged=True)
    def get(self, request: Request) -> Response:
        """Return the user's settings, with an ETag for a safe change."""
        return self.tagged(settings_of(_own(request.user)))

    @document(
        "changeSettings",
        body=SettingsSerializer,
        answers=SettingsSerializer,
        problems={412: "The settings have changed since the ETag in If-Match."},
    )
    def patch(self, request: Request) -> Response:
        """Change the given fields. With If-Match, settings that changed meanwhile are refused."""
        user: Any = request.user
        self.require_match(settings_of(_own(user)))
        values = self.checked(SettingsSerializer, partial=True)
        if "quiet_days" in values:
            values["quiet_days"] = sum(1 << day for day in set(values["quiet_days"]))
        _require_zone(values.get("time_zone", ""))
        try:
            preferences.change_settings(user, values, how="api", actor=user)
        except ValidationError as error:
            raise serializers.ValidationError(serializers.as_serializer_error(error)) from error
        return self.tagged(settings_of(_own(user)))


def _shown(shown: Grid) -> dict[str, Any]:
    return {
        "types": [
            {
                "type": row.kind.slug,
                "label": str(row.kind),
                "group": str(row.kind.group),
                "channels": [
                    {
                        "channel": cell.channel.name,
                        "enabled": cell.enabled,
                        "locked": cell.locked,
                    }
                    for cell in row.cells
                ],
            }
            for row in shown.rows
        ],
        "channels": [
            {
                "channel": choice.channel.name,
                "label": str(choice.channel.label),
                "enabled": choice.enabled,
                "digests": bool(choice.channel.digests),
                "frequency": WORDS[choice.frequency],
            }
            for choice in shown.channels
        ],
    }


def _require_known(user: Any, asked: dict[str, Any]) -> None:
    """Raise a problem for what the preferences page does not offer either."""
    slugs = {each.slug: each for each in offered_to(user)}
    if "type" in asked and asked["type"] not in slugs:
        raise serializers.ValidationError({"type": [_("There is no such type.")]})
    named = all_channels() if "type" in asked else outside_channels()
    channel = named.get(asked["channel"])
    if channel is None:
        raise serializers.ValidationError({"channel": [_("There is no such channel.")]})
    if "frequency" in asked and not channel.digests:
        raise serializers.ValidationError({"frequency": [_("This channel has no digests.")]})
    kind = slugs.get(asked.get("type", ""))
    if kind is not None and kind.locked and channel.name in kind.channels:
        raise serializers.ValidationError({"enabled": [_("This type can't be switched off.")]})


def _require_zone(name: str) -> None:
    try:
        if name:
            ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        text = _("Give the name of a time zone, such as Europe/Berlin.")
        raise serializers.ValidationError({"time_zone": [text]}) from error


def _own(user: Any) -> NotificationSettings:
    row = NotificationSettings.objects.filter(user=user).first()
    return row or NotificationSettings(user=user)
