from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..maintenance import closing
from ..models import Fact, ReceiverDelivery, WebhookEvent
from . import search, story
from .actions import replay_deliveries
from .base import ReadOnlyAdmin, ReadOnlyInline, change_link, pretty_json
from .buttons import Button
from .closing import ClosableAdmin


class UnsetFilter(admin.SimpleListFilter):
    """Finished rows, or rows with work left, by whether ``column`` is set."""

    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Unfinished")), ("yes", _("Finished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(**{f"{self.column}__isnull": self.value() == "no"})


class FinishedFilter(UnsetFilter):
    title = _("state")
    parameter_name = "finished"
    column = "finished_at"


class AnnouncedFilter(UnsetFilter):
    title = _("state")
    parameter_name = "announced"
    column = "announced_at"


class DeliveredFilter(UnsetFilter):
    title = _("state")
    parameter_name = "delivered"
    column = "delivered_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*super().lookups(request, model_admin), ("failed", _("Failed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "failed":
            return super().queryset(request, queryset)
        return queryset.filter(delivered_at=None, attempts__gt=0, fact__announced_at=None)


@admin.register(WebhookEvent)
class WebhookEventAdmin(ClosableAdmin):
    close = closing.close_event
    consequence = _("What is left of these events is neither applied nor announced.")
    list_display = ["stripe_id", "type", "object_id", "received_at", "finished_at", "attempts"]
    list_filter = [FinishedFilter, "livemode", "received_at", "type"]
    date_hierarchy = "received_at"
    search_fields = ["stripe_id", "object_id", "type"]
    searched = [lambda: search.payment_fields("facts__payment__")]
    exclude = ["payload", "last_error"]
    readonly_fields = ["error_shown", "payload_shown"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        # The list needs no payloads, which are most of the table.
        is_list = request.resolver_match is None or "object_id" not in request.resolver_match.kwargs
        return queryset.defer("payload", "last_error") if is_list else queryset

    @admin.display(description=_("payload"))
    def payload_shown(self, event: WebhookEvent) -> SafeString:
        return pretty_json(event.payload)

    @admin.display(description=_("last error"))
    def error_shown(self, event: WebhookEvent) -> SafeString:
        return format_html("<pre>{}</pre>", event.last_error or "-")


class ReceiverDeliveryInline(ReadOnlyInline):
    model = ReceiverDelivery
    fields = ["receiver", "attempts", "delivered_at", "next_attempt_at", "error_shown"]
    readonly_fields = ["error_shown"]

    @admin.display(description=_("last error"))
    def error_shown(self, delivery: ReceiverDelivery) -> SafeString:
        return format_html("<pre>{}</pre>", delivery.last_error or "-")


@admin.register(Fact)
class FactAdmin(ClosableAdmin):
    close = closing.close_fact
    consequence = _("These facts are announced to no further receiver.")
    list_display = ["kind", "payment_link", "created_at", "announced_at", "overtaken"]
    list_filter = [AnnouncedFilter, "kind", "overtaken", "created_at"]
    list_select_related = ["payment"]
    ordering = ["-pk"]
    date_hierarchy = "created_at"
    search_fields = ["key"]
    searched = [search.payment_fields]
    inlines = [ReceiverDeliveryInline]

    @admin.display(description=_("payment"))
    def payment_link(self, fact: Fact) -> SafeString | str:
        return change_link(fact.payment)


@admin.register(ReceiverDelivery)
class ReceiverDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["receiver", "state", "payment_link", "fact_kind", "attempts", "created_at"]
    list_display += ["next_attempt_at"]
    list_filter = [DeliveredFilter, "fact__kind", "receiver", "created_at"]
    actions = [replay_deliveries]
    buttons = [Button("replay_deliveries", _("Run again…"))]
    list_select_related = ["fact__payment"]
    ordering = ["-pk"]
    date_hierarchy = "created_at"
    search_fields = ["receiver", "fact__key", "last_error"]
    searched = [lambda: search.payment_fields("fact__payment__")]
    exclude = ["last_error"]
    readonly_fields = ["payment_link", "error_shown"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.replay_receiverdelivery")

    @admin.display(description=_("status"))
    def state(self, delivery: ReceiverDelivery) -> SafeString:
        return story.delivery_badge(delivery)

    @admin.display(description=_("payment"))
    def payment_link(self, delivery: ReceiverDelivery) -> SafeString | str:
        return change_link(delivery.fact.payment)

    @admin.display(description=_("fact"), ordering="fact__kind")
    def fact_kind(self, delivery: ReceiverDelivery) -> SafeString:
        return story.link(delivery.fact, story.fact_title(delivery.fact))

    @admin.display(description=_("last error"))
    def error_shown(self, delivery: ReceiverDelivery) -> SafeString:
        return format_html("<pre>{}</pre>", delivery.last_error or "-")
