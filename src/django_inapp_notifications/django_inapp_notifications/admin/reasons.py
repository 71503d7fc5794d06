"""Why a delivery waits or was skipped, in words."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

REASONS = {
    "": _("No reason"),
    "asked": _("The sender did not choose this channel"),
    "canceled": _("The notification was canceled"),
    "channel_down": _("The channel is failing"),
    "channel_off": _("The user turned the channel off"),
    "channel_paused": _("The channel is paused after failures"),
    "default": _("The type does not use this channel"),
    "deleted": _("The user deleted the notification"),
    "digest": _("Waits for a digest"),
    "expired": _("The notification expired"),
    "failed": _("Failed"),
    "inactive_user": _("The account is inactive"),
    "muted": _("The user paused everything"),
    "muted_object": _("The user muted what it is about"),
    "no_access": _("The user lost access to what it is about"),
    "no_address": _("The user has no address on this channel"),
    "no_channel": _("The channel is no longer in use"),
    "quiet_hours": _("Waits for the end of quiet hours"),
    "read": _("The user has read it"),
    "resent": _("Resent by staff"),
    "retry": _("Waits for the next attempt"),
    "throttled": _("The type's limit was reached"),
    "type_off": _("The user turned the type off"),
    "until_unread": _("Waits to see whether it is read"),
}

#: Stands for an empty reason in addresses.
NONE = "none"


def reason_label(reason: str) -> str:
    """The words for a reason; the reason itself if it has none."""
    return str(REASONS.get(reason, reason))


class ReasonFilter(admin.SimpleListFilter):
    """The reasons that occur, each with words."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = model_admin.model.objects.order_by("reason").values_list("reason", flat=True)
        return [(reason or NONE, reason_label(reason)) for reason in found.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(reason="" if value == NONE else value)
