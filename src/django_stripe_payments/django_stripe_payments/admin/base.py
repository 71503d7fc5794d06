"""Shared by the admin pages of this app and of opt-in apps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import connections, transaction
from django.db.models import BigIntegerField, Field, Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import audit, money
from ..logs.redaction import redact
from . import sections
from .buttons import ButtonsAdmin, page_of
from .dashboard_links import dashboard_link
from .trail import TrailAdmin

if TYPE_CHECKING:
    InlineBase = admin.TabularInline[Model, Model]
else:
    InlineBase = admin.TabularInline


class RowList(ChangeList):
    """A list without the days to drill down to, where the database has no time zones.

    MySQL and MariaDB can't tell the day of a row until time zones were loaded into them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not connections[self.root_queryset.db].features.has_zoneinfo_database:
            self.date_hierarchy = None


class ReadOnlyAdmin(ButtonsAdmin, TrailAdmin):
    """Rows to view but never to edit: an edited row would prove nothing.

    Amounts are shown in the major unit, "History" is the audit log, ``buttons`` are actions for
    one object, and a page links to Stripe's dashboard.
    """

    list_per_page = 50
    show_full_result_count = False
    # The customer's pages show their own objects only.
    view_on_site = False
    change_form_template = "admin/django_stripe_payments/change_form.html"
    #: Functions that return what the model is searched by: see ``admin.search``.
    searched: ClassVar[Sequence[Callable[[], list[str]]]] = ()

    @property
    def urls(self) -> list[URLPattern]:
        """The pages of the model; the audit log attributes what they do to the logged-in user.

        Stripe is called outside transactions, so ATOMIC_REQUESTS must not apply.
        """
        patterns = self.get_urls()
        for pattern in patterns:
            view = audit.attributed("admin")(pattern.callback)
            pattern.callback = transaction.non_atomic_requests(view)
        return patterns

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RowList

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        found = (name for fields in self.searched for name in fields())
        return list(dict.fromkeys([*self.search_fields, *found]))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = super().get_fields(request, obj)
        return [_in_major_unit(self.model, name) for name in fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *amounts_of(self.model).values()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["dashboard_url"] = dashboard_link(obj)
        if obj is not None:
            # What apps have registered for the page of such an object: see ``sections``.
            context["app_sections"] = sections.rendered(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(InlineBase):
    """Related rows, to view on the page of another row."""

    template = "admin/django_stripe_payments/inline.html"
    extra = 0
    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Columns with automatic values can only be shown as read-only.
        return [str(name) for name in self.fields or []]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def amounts_of(model: type[Model]) -> dict[str, Callable[[Any], str]]:
    """Return, by field, what shows an amount of the model in the major unit of its currency."""
    names = {field.name for field in model._meta.fields}
    if "currency" not in names:
        return {}
    fields = (field for field in model._meta.fields if type(field) is BigIntegerField)
    return {field.name: _amount(field) for field in fields}


def _amount(field: Field[Any, Any]) -> Callable[[Any], str]:
    def shown(row: Any) -> str:
        minor = getattr(row, field.name)
        return "-" if minor is None else money.display(minor, row.currency)

    shown.__name__ = f"{field.name}_in_major_unit"
    return admin.display(shown, description=field.verbose_name, ordering=field.name)


def _in_major_unit(model: type[Model], name: Any) -> Any:
    return amounts_of(model).get(name, name)


def pretty_json(value: Any) -> SafeString:
    """Return indented JSON without secrets."""
    text = json.dumps(redact(value), indent=2, ensure_ascii=False, sort_keys=True)
    return format_html("<pre>{}</pre>", text)


def change_link(row: Model | None) -> SafeString | str:
    """Return a link to the row's own admin page."""
    if row is None:
        return "-"
    return format_html('<a href="{}">{}</a>', page_of(row), row)
