"""For support: to look at, hardly to change. What was sent is not rewritten by hand."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from .models import InboxState, Message, Notification

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["title", "type", "priority", "created_at", "expires_at", "canceled_at"]
    list_filter = ["type", "priority"]
    search_fields = ["title", "target_key"]
    date_hierarchy = "created_at"


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["title", "recipient", "type", "priority", "place", "read_at", "created_at"]
    list_filter = ["type", "place"]
    list_select_related = ["message", "recipient"]
    # The number of all rows would be counted for each page.
    show_full_result_count = False


@admin.register(InboxState)
class InboxStateAdmin(ReadOnlyAdmin):
    list_display = ["user", "read_up_to", "read_up_to_at"]
    list_select_related = ["user"]
