"""Messages, notifications and inboxes, with the rules that were applied."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..delivery.explain import explain
from ..models import InboxState, Message, Notification
from .base import ReadOnlyAdmin


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    message = "pk"
    list_display = ["title", "type", "priority", "created_at", "expires_at", "canceled_at"]
    list_filter = ["type", "priority"]
    search_fields = ["title", "type", "target_key", "target_name", "actor_name", "group_key"]
    date_hierarchy = "created_at"


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    person = "recipient"
    message = "message"
    list_display = ["title", "recipient", "type", "priority", "folder", "read_at", "created_at"]
    list_filter = ["type", "folder"]
    list_select_related = ["message", "recipient"]
    search_fields = ["message__title", "type", "message__target_key", "message__group_key"]
    date_hierarchy = "created_at"
    readonly_fields = ["explanation", "sent_by"]
    # The inbox of another user is a 404 for staff too.
    view_on_site = False

    @admin.display(description=_("explanation"))
    def explanation(self, notification: Notification) -> SafeString:
        """The rules that apply to it, in order."""
        return explained(notification)

    @admin.display(description=_("deliveries"))
    def sent_by(self, notification: Notification) -> SafeString:
        """Links to its deliveries, with their status."""
        rows = notification.deliveries.order_by("pk")
        links = ((_page(row), f"{row.channel}: {row.get_status_display()}") for row in rows)
        return format_html_join(", ", '<a href="{}">{}</a>', links) or SafeString("-")


@admin.register(InboxState)
class InboxStateAdmin(ReadOnlyAdmin):
    person = "user"
    list_display = ["user", "read_up_to", "read_up_to_at"]
    list_select_related = ["user"]


def explained(notification: Notification, channel: str = "") -> SafeString:
    """The rules in order, for all channels or for one."""
    found = (each for each in explain(notification) if channel in ("", each.channel))
    return format_html_join("", "<pre>{}</pre>", ((str(each),) for each in found))


def link_to(row: Any, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', _page(row), text)


def _page(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
