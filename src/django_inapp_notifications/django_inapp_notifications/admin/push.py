"""Browsers that are subscribed to web push, and devices with an app of the site."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Device, PushSubscription
from .base import ReadOnlyAdmin


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    person = "user"
    list_display = ["user", "created_at"]
    list_select_related = ["user"]
    # With these, anyone could send to that browser.
    exclude = ["endpoint", "p256dh", "auth"]


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    person = "user"
    list_display = ["user", "kind", "app", "environment", "short_address", "last_seen_at"]
    list_filter = ["kind", "environment"]
    list_select_related = ["user"]
    # The whole address is enough to send to the device, for who has the site's key.
    exclude = ["address"]
    readonly_fields = ["short_address"]

    @admin.display(description=_("address"))
    def short_address(self, row: Device) -> str:
        """Enough to tell two devices apart."""
        return f"…{row.address_hash[:8]}"
