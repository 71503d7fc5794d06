"""The list of a customer's payments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..conf import settings
from ..models import Payment
from ..payment_types import label_of
from ..payments import export as payment_export
from ..payments import shown_status
from .owned import OwnerList

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
        statuses = shown_status.choices()
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
        if filters.get("status"):
            payments = payments.filter(shown_status.matching(filters["status"]))
        if filters.get("payment_type"):
            payments = payments.filter(payment_type=filters["payment_type"])
        if filters.get("since"):
            payments = payments.filter(created_at__gte=_moment(filters["since"], time.min))
        if filters.get("until"):
            payments = payments.filter(created_at__lte=_moment(filters["until"], time.max))
        return payments


class PaymentHistoryView(OwnerList[Payment]):
    """GET ``?status=&payment_type=&since=&until=``, newest first: see OwnerList.

    ``status`` is what the list shows: a status, or refunded, partly_refunded or disputed. JSON is
    ``{"payments": […], "newer_url", "older_url"}``.
    """

    template_name = "django_stripe_payments/payment_history.html"
    rows_name = "payments"

    def page_size(self) -> int:
        return int(settings.STRIPE_HISTORY_PAGE_SIZE)

    def own(self) -> QuerySet[Payment]:
        return Payment.objects.filter(user=self.request.user)  # type: ignore[misc]

    def shown(self, rows: QuerySet[Payment]) -> QuerySet[Payment]:
        return rows.prefetch_related("charges")

    def as_json(self, row: Payment) -> dict[str, Any]:
        return payment_export.as_json(row)

    def csv_lines(self, rows: Iterable[Payment]) -> Iterator[str]:
        return payment_export.csv_lines(rows)

    def filter_form(self, data: Any) -> HistoryForm:
        types = self.own().order_by("payment_type").values_list("payment_type", flat=True)
        return HistoryForm(data, payment_types=list(types.distinct()[:MAX_TYPES]))


def _moment(day: date, of_day: time) -> datetime:
    moment = datetime.combine(day, of_day)
    return timezone.make_aware(moment) if timezone.is_aware(clock.now()) else moment
