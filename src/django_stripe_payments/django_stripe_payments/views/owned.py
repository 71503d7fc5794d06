"""Lists of what a user owns, for the pages of this app and of opt-in apps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from ..database import pages as keyset
from .answers import PaymentPage

#: Rows that the CSV export reads from the database at a time.
CHUNK = 500

M = TypeVar("M", bound=Model)


class Filters(Protocol):
    """A form sent by GET that narrows a list."""

    fields: dict[str, Any]
    is_bound: bool

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that match; an invalid filter is ignored."""


class OwnerList(PaymentPage, Generic[M]):
    """GET: the user's rows, newest first by ``created_at``, as a page, as JSON or as CSV.

    ``?before=`` and ``?after=`` are cursors of the adjacent pages. ``?format=csv`` downloads the
    whole list; ``?format=json``, or ``Accept: application/json``, returns one page as
    ``{rows_name: […], "newer_url", "older_url"}``. The template gets ``rows_name``,
    ``filter_form``, ``is_filtered``, ``csv_url``, ``newer_url`` and ``older_url``.

    A subclass sets the attributes, and defines ``own``, ``page_size``, ``filter_form``,
    ``as_json`` and ``csv_lines``.
    """

    http_method_names = ["get"]
    template_name: ClassVar[str]
    #: What the rows are called in the template, in JSON, and as a file.
    rows_name: ClassVar[str]

    def own(self) -> QuerySet[M]:
        """Return every row of the user, and no other."""
        raise NotImplementedError

    def page_size(self) -> int:
        """Return how many rows a page has."""
        raise NotImplementedError

    def filter_form(self, data: Any) -> Filters:
        """Return the form, bound to ``data`` unless that is None."""
        raise NotImplementedError

    def as_json(self, row: M) -> dict[str, Any]:
        """Return a row as plain JSON values."""
        raise NotImplementedError

    def csv_lines(self, rows: Iterable[M]) -> Iterator[str]:
        """Yield the lines of a CSV file, its header first."""
        raise NotImplementedError

    def shown(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return the rows of one page with what the template needs of them."""
        return rows

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = self.filter_form(request.GET or None)
        rows = form.narrow(self.own()) if form.is_bound else self.own()
        file_format = request.GET.get("format", "")
        if file_format == "csv":
            return self._csv(rows)
        page = keyset.page(
            self.shown(rows),
            self.page_size(),
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        )
        links = {
            "newer_url": self._url(after=page.newer) if page.newer else None,
            "older_url": self._url(before=page.older) if page.older else None,
        }
        if file_format == "json" or self.wants_json:
            return JsonResponse({self.rows_name: [self.as_json(r) for r in page.rows], **links})
        context = {
            self.rows_name: page.rows,
            "filter_form": form,
            "is_filtered": any(request.GET.get(name) for name in form.fields),
            "csv_url": self._url(format="csv"),
            **links,
        }
        return render(request, self.template_name, context)

    def _csv(self, rows: QuerySet[M]) -> StreamingHttpResponse:
        lines = self.csv_lines(keyset.walk(rows, CHUNK))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.rows_name}.csv"'
        return response

    def _url(self, **changes: str) -> str:
        """Return the address of this list with its current filters and ``changes``."""
        query = self.request.GET.copy()
        for name in ("before", "after"):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = value
        return f"{self.request.path}?{query.urlencode()}"
