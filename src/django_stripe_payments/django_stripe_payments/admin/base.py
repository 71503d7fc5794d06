"""Shared by the admin pages of this app."""

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from .. import audit
from ..logs.redaction import redact
from . import sections

if TYPE_CHECKING:
    ReadOnlyBase = admin.ModelAdmin[Model]
    InlineBase = admin.TabularInline[Model, Model]
else:
    ReadOnlyBase = admin.ModelAdmin
    InlineBase = admin.TabularInline


class ReadOnlyAdmin(ReadOnlyBase):
    """Rows to view but never to edit: an edited row would prove nothing."""

    list_per_page = 50
    show_full_result_count = False

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

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, obj: Any = None, **options: Any
    ) -> HttpResponse:
        """Add what apps have registered for the page of such an object: see ``sections``."""
        if obj is not None:
            context["app_sections"] = sections.rendered(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **options)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(InlineBase):
    """Related rows, to view on the page of another row."""

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


def pretty_json(value: Any) -> SafeString:
    """Return indented JSON without secrets."""
    text = json.dumps(redact(value), indent=2, ensure_ascii=False, sort_keys=True)
    return format_html("<pre>{}</pre>", text)


def change_link(row: Model | None) -> SafeString | str:
    """Return a link to the row's own admin page."""
    if row is None:
        return "-"
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), row)
