from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..maintenance import closing
from ..models import Fact, ReceiverDelivery, WebhookEvent
from .actions import replay_deliveries
from .base import ReadOnlyAdmin, ReadOnlyInline, change_link, pretty_json
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


@admin.register(WebhookEvent)
class WebhookEventAdmin(ClosableAdmin):
    close = closing.close_event
    consequence = _("What is left of these events is neither applied nor announced.")
    list_display = ["stripe_id", "type", "object_id", "received_at", "finished_at", "attempts"]
    list_filter = [FinishedFilter, "livemode", "received_at", "type"]
    search_fields = ["stripe_id", "object_id", "type"]
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
    search_fields = ["key", "payment__stripe_id"]
    inlines = [ReceiverDeliveryInline]

    @admin.display(description=_("payment"))
    def payment_link(self, fact: Fact) -> SafeString | str:
        return change_link(fact.payment)


@admin.register(ReceiverDelivery)
class ReceiverDeliveryAdmin(ReadOnlyAdmin):
    list_display = ["receiver", "fact_link", "attempts", "delivered_at", "next_attempt_at"]
    list_filter = [DeliveredFilter, "fact__kind", "receiver"]
    actions = [replay_deliveries]
    list_select_related = ["fact"]
    search_fields = ["receiver", "fact__key"]
    exclude = ["last_error"]
    readonly_fields = ["error_shown"]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_stripe_payments.replay_receiverdelivery")

    @admin.display(description=_("fact"))
    def fact_link(self, delivery: ReceiverDelivery) -> SafeString | str:
        return change_link(delivery.fact)

    @admin.display(description=_("last error"))
    def error_shown(self, delivery: ReceiverDelivery) -> SafeString:
        return format_html("<pre>{}</pre>", delivery.last_error or "-")
