from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models import SyncFinding, SyncRun
from .base import ReadOnlyAdmin, ReadOnlyInline, pretty_json

Outcome = SyncFinding.Outcome


class SyncFindingInline(ReadOnlyInline):
    model = SyncFinding
    show_change_link = False
    fields = ["kind", "object_id", "problem", "outcome", "detail"]
    # What needs review comes first.
    ordering = ["outcome", "id"]


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """Reports of the reconciliation with Stripe."""

    list_display = ["started_at", "finished_at", "step", "repaired", "needs_review", "last_error"]
    list_filter = ["started_at"]
    search_fields = ["findings__object_id"]
    exclude = ["counts", "options"]
    readonly_fields = ["counts_shown", "options_shown"]
    inlines = [SyncFindingInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        runs: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = runs.annotate(
            repaired=Count("findings", filter=Q(findings__outcome=Outcome.REPAIRED)),
            needs_review=Count("findings", filter=Q(findings__outcome=Outcome.NEEDS_REVIEW)),
        )
        return counted

    @admin.display(description=_("repaired"))
    def repaired(self, run: Any) -> int:
        return int(run.repaired)

    @admin.display(description=_("needs review"))
    def needs_review(self, run: Any) -> int:
        return int(run.needs_review)

    @admin.display(description=_("counts"))
    def counts_shown(self, run: SyncRun) -> SafeString:
        return pretty_json(run.counts)

    @admin.display(description=_("options"))
    def options_shown(self, run: SyncRun) -> SafeString:
        return pretty_json(run.options)


@admin.register(SyncFinding)
class SyncFindingAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "kind", "object_id", "problem", "outcome"]
    list_filter = ["outcome", "kind", "problem", "created_at"]
    ordering = ["-pk"]
    search_fields = ["object_id"]
