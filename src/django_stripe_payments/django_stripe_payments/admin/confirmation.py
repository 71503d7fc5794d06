"""Admin actions with a confirmation page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import model_ngettext, quote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from ..exceptions import StripePaymentsError

TEMPLATE = "admin/django_stripe_payments/confirm_action.html"

#: Maximum number of rows per action: each is a call to Stripe while the browser waits.
MAX_ROWS = 50


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An action with a confirmation: name, question, form, and what it does to each row."""

    action: str
    question: str
    form_class: Callable[..., forms.Form]
    describe: Callable[[Any], str]
    work: Callable[[Any, forms.Form], None]


def ask_first(
    modeladmin: Any, request: HttpRequest, queryset: QuerySet[Any], confirmation: Confirmation
) -> HttpResponse | None:
    """Show the confirmation page; once it is confirmed, do the work for each row."""
    rows = list(queryset[: MAX_ROWS + 1])
    if len(rows) > MAX_ROWS:
        text = gettext("Select at most %d at a time.") % MAX_ROWS
        modeladmin.message_user(request, text, messages.ERROR)
        return None
    is_confirmed = "confirmed" in request.POST
    form = confirmation.form_class(request.POST if is_confirmed else None, rows=rows)
    if is_confirmed and form.is_valid():
        _do_each(modeladmin, request, rows, lambda row: confirmation.work(row, form))
        return None
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": confirmation.question,
        "opts": modeladmin.opts,
        "rows": [(row.pk, confirmation.describe(row)) for row in rows],
        "form": form,
        "action": confirmation.action,
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "back_url": _back(modeladmin, request, rows),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _back(modeladmin: Any, request: HttpRequest, rows: list[Any]) -> str:
    """Return the page on which the action was chosen: of one object, or of the list."""
    opts, site = modeladmin.opts, modeladmin.admin_site.name
    name = f"{site}:{opts.app_label}_{opts.model_name}"
    match = request.resolver_match
    if match is not None and "action" in match.kwargs and len(rows) == 1:
        return reverse(f"{name}_change", args=[quote(rows[0].pk)])
    return reverse(f"{name}_changelist")


def _do_each(
    modeladmin: Any, request: HttpRequest, rows: list[Any], work: Callable[[Any], None]
) -> None:
    """Do the work for each row. A row that fails does not stop the others."""
    done = 0
    for row in rows:
        try:
            work(row)
        except StripePaymentsError as error:
            modeladmin.message_user(request, f"{row}: {error}", messages.ERROR)
        else:
            done += 1
    if done:
        text = gettext("Done for %(count)d %(items)s.")
        words = {"count": done, "items": model_ngettext(modeladmin.opts, done)}
        modeladmin.message_user(request, text % words, messages.SUCCESS)
