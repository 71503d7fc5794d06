"""The rows of a list as CSV, with the list's filters and search, and their totals."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet, Sum
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from .. import money
from ..payments.export import BYTE_ORDER_MARK, escape_formula

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Model]
else:
    Base = admin.ModelAdmin

#: Rows that are read from the database at a time.
CHUNK = 500

Column = tuple[Any, Callable[[Any], Any]]


class ExportAdmin(Base):
    """Offer a list as CSV (``export_columns``), and show ``totals`` per currency above it."""

    change_list_template = "admin/django_stripe_payments/change_list.html"
    #: Header and value of each column; a value is text, a number, a Decimal or None.
    export_columns: ClassVar[Sequence[Column]] = ()
    #: Fields in minor units to sum per currency; empty for no totals.
    totals: ClassVar[Sequence[str]] = ()

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        view = self.admin_site.admin_view(self.export_view)
        return [path("export.csv", view, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Stream the rows that the list would show, on all of its pages."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            # The list says so.
            return HttpResponseRedirect(f"{self._list_url('changelist')}?e=1")
        response = StreamingHttpResponse(self._lines(rows), content_type="text/csv; charset=utf-8")
        name = f"{self.opts.model_name}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        query = request.GET.urlencode()
        url = f"{self._list_url('export')}?{query}" if query else self._list_url("export")
        context = {"export_url": url, **(extra_context or {})}
        response = super().changelist_view(request, context)
        changelist = getattr(response, "context_data", None) or {}
        if isinstance(response, TemplateResponse) and "cl" in changelist:
            changelist["totals"] = self._totals(changelist["cl"].queryset)
        return response

    def _lines(self, rows: QuerySet[Any]) -> Iterator[str]:
        writer = csv.writer(_Lines(), quoting=csv.QUOTE_ALL)
        yield BYTE_ORDER_MARK + writer.writerow([str(title) for title, _ in self.export_columns])
        for row in rows.iterator(chunk_size=CHUNK):
            yield writer.writerow(_cell(value(row)) for _, value in self.export_columns)

    def _list_url(self, what: str) -> str:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{what}"
        return reverse(f"{self.admin_site.name}:{name}")

    def _totals(self, rows: QuerySet[Any]) -> list[dict[str, Any]]:
        if not self.totals:
            return []
        sums = (
            rows.order_by()
            .values("currency")
            .annotate(count=Count("pk"), **{f"sum_{name}": Sum(name) for name in self.totals})
        )
        return [
            {
                "currency": row["currency"].upper(),
                "count": row["count"],
                "sums": [
                    (
                        self.model._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
                        money.display(row[f"sum_{name}"] or 0, row["currency"]),
                    )
                    for name in self.totals
                ],
            }
            for row in sums.order_by("currency")
        ]


def _cell(value: Any) -> str:
    if isinstance(value, Decimal | int):
        # A negative amount is not a formula.
        return str(value)
    return "" if value is None else escape_formula(str(value))


class _Lines:
    """A file that returns what is written to it, so that each row can be sent at once."""

    def write(self, text: str) -> str:
        return text
