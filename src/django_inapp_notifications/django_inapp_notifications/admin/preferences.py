"""Preferences, and who changed them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..models import NotificationPreference, NotificationSettings, PreferenceChange
from .base import ReadOnlyAdmin


@admin.register(NotificationSettings)
class NotificationSettingsAdmin(ReadOnlyAdmin):
    person = "user"
    list_display = ["user", "time_zone", "muted", "quiet_hours", "quiet_start", "quiet_end"]
    list_select_related = ["user"]
    exclude = ["key"]  # with it, anyone could unsubscribe the user


@admin.register(NotificationPreference)
class NotificationPreferenceAdmin(ReadOnlyAdmin):
    person = "user"
    search_fields = ["type"]
    list_display = ["user", "type", "channel", "enabled", "frequency", "updated_at"]
    list_filter = ["channel", "type", "enabled"]
    list_select_related = ["user"]


@admin.register(PreferenceChange)
class PreferenceChangeAdmin(ReadOnlyAdmin):
    person = "user"
    search_fields = ["what"]
    date_hierarchy = "created_at"
    list_display = ["created_at", "user", "actor", "what", "old", "new", "how"]
    list_filter = ["how"]
    list_select_related = ["user", "actor"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only together with its user: Django asks this too before it deletes a user."""
        match = request.resolver_match
        own = f"{self.opts.app_label}_{self.opts.model_name}_"
        if match is None or (match.url_name or "").startswith(own):
            return False
        return super().has_delete_permission(request, obj)
