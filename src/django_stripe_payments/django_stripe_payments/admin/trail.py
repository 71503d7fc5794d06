"""The audit log of one object, as its "History"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from ..models import AuditLogEntry
from . import story

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Model]
else:
    Base = admin.ModelAdmin

#: Entries that a page shows, the newest; the audit log itself lists all of them.
MAX_ENTRIES = 200


class TrailAdmin(Base):
    """Show the audit log's entries about an object as its history."""

    object_history_template = "admin/django_stripe_payments/object_history.html"

    def audit_condition(self, row: Any) -> Q:
        """Return the condition for the entries about the row."""
        return Q(object_type=row._meta.model_name, object_id=str(row.pk))

    def audit_entries(self, row: Any) -> QuerySet[AuditLogEntry]:
        """Return the newest entries about the row, newest first."""
        entries = AuditLogEntry.objects.filter(self.audit_condition(row)).select_related("actor")
        return entries.order_by("-pk")[:MAX_ENTRIES]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        table = story.audit_table(self.audit_entries(row)) if row is not None else None
        context = {"table": table, **(extra_context or {})}
        return super().history_view(request, object_id, context)
