from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..maintenance import closing
from ..models import ApiOperation, AuditLogEntry
from .base import ReadOnlyAdmin, pretty_json
from .closing import ClosableAdmin


@admin.register(ApiOperation)
class ApiOperationAdmin(ClosableAdmin):
    close = closing.close_operation
    consequence = _(
        "Calls without an answer count as failed. Check at Stripe first: the same call made again "
        "has a new idempotency key."
    )
    list_display = ["kind", "target", "attempt", "status", "stripe_id", "created_at"]
    list_filter = ["status", "kind", "created_at"]
    search_fields = ["id", "target", "stripe_id", "request_id"]
    exclude = ["params"]
    readonly_fields = ["params_shown"]

    @admin.display(description=_("parameters"))
    def params_shown(self, operation: ApiOperation) -> SafeString:
        return pretty_json(operation.params)


@admin.register(AuditLogEntry)
class AuditLogEntryAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "action", "object_type", "object_id", "actor", "source", "place"]
    list_filter = ["action", "source", "created_at"]
    list_select_related = ["actor"]
    search_fields = ["object_id", "request_id", "address", "=actor_key"]
    exclude = ["detail"]
    readonly_fields = ["detail_shown"]

    @admin.display(description=_("position in the chain"), ordering="sequence")
    def place(self, entry: AuditLogEntry) -> int | None:
        return entry.sequence

    @admin.display(description=_("details"))
    def detail_shown(self, entry: AuditLogEntry) -> SafeString:
        return pretty_json(entry.detail)
