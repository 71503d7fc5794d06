"""The list of a customer's payments."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..conf import settings
from ..database import pages as keyset
from ..models import Payment
from ..payment_types import label_of
from ..payments import export as payment_export
from .answers import PaymentPage

#: Payments that the CSV export reads from the database at a time.
CHUNK = 500

#: Maximum number of payment types that the filter offers; a customer has a handful.
MAX_TYPES = 100

#: Dates that every database and time zone can represent, with a day to spare.
DATES = [MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class HistoryForm(forms.Form):
    """Filters of the list. Days are those of the active time zone."""

    status = forms.ChoiceField(label=_("Status"), required=False)
    payment_type = forms.ChoiceField(label=_("Type"), required=False)
    since = forms.DateField(
        label=_("From"),
        required=False,
        validators=DATES,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("To"),
        required=False,
        validators=DATES,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, payment_types: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = [(name, label_of(name)) for name in payment_types]
        # Evaluated per request, so that the labels are in its language.
        statuses = [(value, capfirst(label)) for value, label in Payment.Status.choices]
        status = self.fields["status"]
        assert isinstance(status, forms.ChoiceField)  # noqa: S101
        status.choices = [("", _("All")), *statuses]
        field = self.fields["payment_type"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", _("All")), *types]

    def narrow(self, payments: QuerySet[Payment]) -> QuerySet[Payment]:
        """Return the payments that match; an invalid filter is ignored."""
        self.is_valid()
        filters = self.cleaned_data
        for name in ("status", "payment_type"):
            if filters.get(name):
                payments = payments.filter(**{name: filters[name]})
        if filters.get("since"):
            payments = payments.filter(created_at__gte=_moment(filters["since"], time.min))
        if filters.get("until"):
            payments = payments.filter(created_at__lte=_moment(filters["until"], time.max))
        return payments


class PaymentHistoryView(PaymentPage):
    """GET ``?status=&payment_type=&since=&until=``, newest first.

    ``?before=`` and ``?after=`` are cursors of the adjacent pages. ``?format=csv`` downloads the
    whole list; ``?format=json``, or ``Accept: application/json``, returns one page as
    ``{"payments": […], "newer_url", "older_url"}``.
    """

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        own = Payment.objects.filter(user=request.user)  # type: ignore[misc]
        types = own.order_by("payment_type").values_list("payment_type", flat=True).distinct()
        form = HistoryForm(request.GET or None, payment_types=list(types[:MAX_TYPES]))
        payments = form.narrow(own) if form.is_bound else own
        file_format = request.GET.get("format", "")
        if file_format == "csv":
            return self._csv(payments)
        page = keyset.page(
            payments.prefetch_related("charges"),
            settings.STRIPE_HISTORY_PAGE_SIZE,
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        )
        links = {
            "newer_url": self._url(after=page.newer) if page.newer else None,
            "older_url": self._url(before=page.older) if page.older else None,
        }
        if file_format == "json" or self.wants_json:
            rows = list(map(payment_export.as_json, page.rows))
            return JsonResponse({"payments": rows, **links})
        return self._html(page, form, links)

    def _html(
        self, page: keyset.Page[Payment], form: HistoryForm, links: dict[str, str | None]
    ) -> HttpResponse:
        context = {
            "payments": page.rows,
            "filter_form": form,
            "is_filtered": any(self.request.GET.get(name) for name in form.fields),
            "csv_url": self._url(format="csv"),
            **links,
        }
        return render(self.request, "django_stripe_payments/payment_history.html", context)

    def _csv(self, payments: QuerySet[Payment]) -> StreamingHttpResponse:
        lines = payment_export.csv_lines(keyset.walk(payments, CHUNK))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="payments.csv"'
        return response

    def _url(self, **changes: str) -> str:
        """Return the address of this list with its current filters and ``changes``."""
        query = self.request.GET.copy()
        for name in ("before", "after"):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = value
        return f"{reverse('django_stripe_payments:payment_history')}?{query.urlencode()}"


def _moment(day: date, of_day: time) -> datetime:
    moment = datetime.combine(day, of_day)
    return timezone.make_aware(moment) if timezone.is_aware(clock.now()) else moment
