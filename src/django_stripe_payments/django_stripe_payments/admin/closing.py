"""The admin action that closes rows which can't be finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .base import ReadOnlyAdmin
from .confirmation import Confirmation, ask_first


class ClosingForm(forms.Form):
    """Why the rows are closed, for the audit log."""

    note = forms.CharField(label=_("Reason, for the audit log"), max_length=500)

    def __init__(self, *args: Any, rows: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class ClosableAdmin(ReadOnlyAdmin):
    """Rows that staff with the permission to close them can close by hand.

    ``close`` is a function of ``maintenance.closing``, and ``consequence`` what the confirmation
    says of it.
    """

    actions = ["close_rows"]
    close: ClassVar[Callable[[Any, str], None]]
    consequence: ClassVar[Any]

    def has_close_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.close_{self.opts.model_name}")

    @admin.action(description=_("Close selected rows by hand…"), permissions=["close"])
    def close_rows(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        def close(row: Any, form: forms.Form) -> None:
            type(self).close(row, form.cleaned_data["note"])

        question = gettext("Close these rows by hand? %s") % self.consequence
        confirmation = Confirmation("close_rows", question, ClosingForm, str, close)
        return ask_first(self, request, queryset, confirmation)
