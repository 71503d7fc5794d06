"""For support: to look at, hardly to change. What was sent is not rewritten by hand."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import router
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import clock
from ..delivery import digests
from ..delivery.explain import explain
from ..maintenance import metrics
from ..models import (
    ChannelState,
    DailyNumber,
    Delivery,
    Digest,
    InboxState,
    Message,
    Notification,
    NotificationPreference,
    NotificationSettings,
    PreferenceChange,
    PushSubscription,
    Status,
)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ReadOnlyAdmin(ModelAdmin):
    # The number of all rows would be counted for each page.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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

    @admin.display(description=_("why"))
    def explanation(self, notification: Notification) -> SafeString:
        """The rules that apply to it, in order."""
        return format_html_join("", "<pre>{}</pre>", ((str(e),) for e in explain(notification)))


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["notification_id", "recipient", "channel", "status", "reason", "attempts"]
    list_display += ["not_before", "sent_at", "error"]
    list_filter = ["status", "channel", "reason"]
    list_select_related = ["recipient"]
    actions = ["send_again"]

    @admin.action(description=_("Send again: failed deliveries only"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Give dead letters another life. What was sent or skipped is left alone."""
        failed = queryset.filter(status=Status.FAILED)
        count = failed.update(
            status=Status.PENDING,
            attempts=0,
            reason="resent",
            digest=None,
            lease=None,
            not_before=clock.database_now(router.db_for_write(Delivery)),
        )
        text = ngettext("%(n)s delivery is due again.", "%(n)s deliveries are due again.", count)
        self.message_user(request, text % {"n": count}, messages.SUCCESS)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_inapp_notifications.change_delivery")

    def get_urls(self) -> list[Any]:
        own = path(
            "numbers/",
            self.admin_site.admin_view(self.numbers),
            name="django_inapp_notifications_numbers",
        )
        return [own, *super().get_urls()]

    def numbers(self, request: HttpRequest) -> HttpResponse:
        """What was created, read and delivered in the last days, by type and channel."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Numbers of the last 30 days"),
            "opts": self.model._meta,
            "names": metrics.INBOX_NUMBERS,
            "inbox": reversed(metrics.inbox_by_day()),
            "deliveries": [_with_label(row) for row in reversed(metrics.deliveries_by_day())],
            "totals": metrics.totals(),
        }
        name = "admin/django_inapp_notifications/delivery/numbers.html"
        return TemplateResponse(request, name, context)


def _with_label(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "status_label": dict(Status.choices).get(row["status"], row["status"])}


@admin.register(Digest)
class DigestAdmin(ReadOnlyAdmin):
    list_display = ["recipient", "channel", "frequency", "period", "status", "not_before", "error"]
    list_filter = ["status", "channel", "frequency"]
    list_select_related = ["recipient"]
    actions = ["send_again"]

    @admin.action(description=_("Send again: failed digests only"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Digest]) -> None:
        """Give digests that were given up another life, with what they contain."""
        count = digests.resend(queryset)
        text = ngettext("%(n)s digest is due again.", "%(n)s digests are due again.", count)
        self.message_user(request, text % {"n": count}, messages.SUCCESS)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_inapp_notifications.change_digest")


@admin.register(PushSubscription)
class PushSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ["user", "created_at"]
    list_select_related = ["user"]
    # Whoever knows them could write to that browser.
    exclude = ["endpoint", "p256dh", "auth"]


@admin.register(DailyNumber)
class DailyNumberAdmin(ReadOnlyAdmin):
    list_display = ["day", "type", "channel", "metric", "count"]
    list_filter = ["metric", "channel"]


@admin.register(ChannelState)
class ChannelStateAdmin(ReadOnlyAdmin):
    list_display = ["channel", "failures", "open_until", "error"]


@admin.register(NotificationSettings)
class NotificationSettingsAdmin(ReadOnlyAdmin):
    list_display = ["user", "time_zone", "muted", "quiet_hours", "quiet_start", "quiet_end"]
    list_select_related = ["user"]
    exclude = ["key"]  # whoever knows it could unsubscribe the user


@admin.register(NotificationPreference)
class NotificationPreferenceAdmin(ReadOnlyAdmin):
    list_display = ["user", "type", "channel", "enabled", "frequency", "updated_at"]
    list_filter = ["channel", "type", "enabled"]
    list_select_related = ["user"]


@admin.register(PreferenceChange)
class PreferenceChangeAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "user", "actor", "what", "old", "new", "how"]
    list_filter = ["how"]
    list_select_related = ["user", "actor"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(InboxState)
class InboxStateAdmin(ReadOnlyAdmin):
    list_display = ["user", "read_up_to", "read_up_to_at"]
    list_select_related = ["user"]
