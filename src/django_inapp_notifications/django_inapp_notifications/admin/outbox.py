"""Deliveries, digests, and the state of the outside channels."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import router
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import clock
from ..delivery import digests
from ..maintenance import metrics
from ..models import ChannelState, Delivery, Digest, Status
from .base import ReadOnlyAdmin


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["notification_id", "recipient", "channel", "status", "reason", "attempts"]
    list_display += ["not_before", "sent_at", "error"]
    list_filter = ["status", "channel", "reason"]
    list_select_related = ["recipient"]
    actions = ["send_again"]

    @admin.action(description=_("Resend failed deliveries"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Send dead letters again. Deliveries that were sent or skipped are not changed."""
        failed = queryset.filter(status=Status.FAILED)
        count = failed.update(
            status=Status.PENDING,
            attempts=0,
            first_tried_at=None,
            reason="resent",
            digest=None,
            lease=None,
            not_before=clock.database_now(router.db_for_write(Delivery)),
        )
        text = ngettext("%(n)s delivery will be resent.", "%(n)s deliveries will be resent.", count)
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
            "title": _("Statistics for the last 30 days"),
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

    @admin.action(description=_("Resend failed digests"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Digest]) -> None:
        """Send failed digests again, with their contents."""
        count = digests.resend(queryset)
        text = ngettext("%(n)s digest will be resent.", "%(n)s digests will be resent.", count)
        self.message_user(request, text % {"n": count}, messages.SUCCESS)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_inapp_notifications.change_digest")


@admin.register(ChannelState)
class ChannelStateAdmin(ReadOnlyAdmin):
    list_display = ["channel", "failures", "open_until", "error"]
