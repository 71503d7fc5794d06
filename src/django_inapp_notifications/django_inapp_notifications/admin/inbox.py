"""Messages, notifications and inboxes, with the rules that were applied."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..delivery.explain import explain
from ..models import InboxState, Message, Notification
from .base import ReadOnlyAdmin


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["title", "type", "priority", "created_at", "expires_at", "canceled_at"]
    list_filter = ["type", "priority"]
    search_fields = ["title", "target_key"]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["title", "recipient", "type", "priority", "folder", "read_at", "created_at"]
    list_filter = ["type", "folder"]
    list_select_related = ["message", "recipient"]
    readonly_fields = ["explanation"]

    @admin.display(description=_("explanation"))
    def explanation(self, notification: Notification) -> SafeString:
        """The rules that apply to it, in order."""
        return format_html_join("", "<pre>{}</pre>", ((str(e),) for e in explain(notification)))


@admin.register(InboxState)
class InboxStateAdmin(ReadOnlyAdmin):
    list_display = ["user", "read_up_to", "read_up_to_at"]
    list_select_related = ["user"]
