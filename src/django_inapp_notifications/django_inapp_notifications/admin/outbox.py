"""Deliveries, digests, and the state of the outside channels."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import router
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import clock
from ..delivery import digests
from ..maintenance import metrics
from ..maintenance.waiting import waiting_tasks
from ..models import ChannelState, Delivery, Digest, Status
from .base import ReadOnlyAdmin
from .inbox import explained, link_to
from .mail import rendered, sandboxed
from .reasons import ReasonFilter, reason_label


class WaitingAdmin(ReadOnlyAdmin):
    """A list that starts with what needs attention."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "waiting_tasks": waiting_tasks(request.user)}
        return super().changelist_view(request, context)


@admin.register(Delivery)
class DeliveryAdmin(WaitingAdmin):
    person = "recipient"
    message = "notification__message"
    list_display = ["title", "recipient", "channel", "status", "why", "attempts"]
    list_display += ["not_before", "sent_at", "error"]
    list_filter = ["status", "channel", ReasonFilter]
    list_select_related = ["recipient", "notification__message"]
    search_fields = ["notification__message__title", "notification__type", "error"]
    search_fields += ["notification__message__target_key", "notification__message__group_key"]
    date_hierarchy = "created_at"
    actions = ["send_again"]
    fieldsets = [
        (None, {"fields": ["about", "recipient", "channel", "status", "why", "error"]}),
        (_("What it says"), {"fields": ["subject", "text", "mail"]}),
        (
            _("When"),
            {"fields": ["created_at", "not_before", "first_tried_at", "sent_at", "attempts"]},
        ),
        (_("Rules"), {"fields": ["digest", "explanation"]}),
    ]
    readonly_fields = ["about", "why", "subject", "text", "mail", "explanation"]

    @admin.display(description=_("title"), ordering="notification__message__title")
    def title(self, delivery: Delivery) -> str:
        return delivery.notification.title

    @admin.display(description=_("notification"))
    def about(self, delivery: Delivery) -> SafeString:
        return link_to(delivery.notification, delivery.notification.title)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, delivery: Delivery) -> str:
        return reason_label(delivery.reason) if delivery.reason else ""

    @admin.display(description=_("subject"))
    def subject(self, delivery: Delivery) -> str:
        return rendered(delivery).subject

    @admin.display(description=_("text"))
    def text(self, delivery: Delivery) -> SafeString:
        """The text of the mail, rendered again from today's templates."""
        return format_html("<pre>{}</pre>", rendered(delivery).text)

    @admin.display(description=_("HTML e-mail"))
    def mail(self, delivery: Delivery) -> SafeString:
        where = reverse("admin:django_inapp_notifications_delivery_mail", args=[delivery.pk])
        return format_html('<a href="{}">{}</a>', where, _("View the e-mail"))

    @admin.display(description=_("explanation"))
    def explanation(self, delivery: Delivery) -> SafeString:
        return explained(delivery.notification, delivery.channel)

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
        numbers = path(
            "numbers/",
            self.admin_site.admin_view(self.numbers),
            name="django_inapp_notifications_numbers",
        )
        mail = path(
            "<int:pk>/mail/",
            self.admin_site.admin_view(self.mail_page),
            name="django_inapp_notifications_delivery_mail",
        )
        return [numbers, mail, *super().get_urls()]

    def mail_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML of the mail in a sandbox. It is rendered again and changes nothing."""
        delivery = get_object_or_404(Delivery, pk=pk)
        if not self.has_view_permission(request, delivery):
            raise PermissionDenied
        return sandboxed(rendered(delivery).html)

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
class DigestAdmin(WaitingAdmin):
    person = "recipient"
    search_fields = ["error"]
    date_hierarchy = "created_at"
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
class ChannelStateAdmin(WaitingAdmin):
    ordering = ["channel"]
    list_display = ["channel", "failures", "open_until", "error"]
