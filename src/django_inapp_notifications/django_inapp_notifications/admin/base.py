"""The base class of this app's admin pages."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.db import connections, models
from django.db.models import QuerySet
from django.http import HttpRequest

from ..models import DedupeKey

if TYPE_CHECKING:
    ReadOnlyBase = admin.ModelAdmin[Any]
else:
    ReadOnlyBase = admin.ModelAdmin


def person_fields() -> list[str]:
    """The fields of the site's user model that people search by: login, e-mail and names."""
    user: Any = get_user_model()
    known = {user.USERNAME_FIELD, getattr(user, "EMAIL_FIELD", "email")}
    return [
        field.name
        for field in user._meta.concrete_fields
        if isinstance(field, models.CharField) and (field.name in known or "name" in field.name)
    ]


class RowList(ChangeList):
    """A list without the days to drill down to, where the database has no time zones.

    MySQL and MariaDB can't tell the day of a row until time zones were loaded into them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not connections[self.root_queryset.db].features.has_zoneinfo_database:
            self.date_hierarchy = None


class ReadOnlyAdmin(ReadOnlyBase):
    """Read-only rows, newest first. What was sent is not rewritten by hand."""

    #: The relation to the user; the search covers the user's login, e-mail and names.
    person = ""
    #: The relation to the message; the search covers its deduplication keys. "pk" for itself.
    message = ""
    ordering = ["-pk"]
    # Without this, each page counts all rows.
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RowList

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        fields = list(super().get_search_fields(request))
        if self.person:
            fields += [f"{self.person}__{name}" for name in person_fields()]
        return fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if self.message and search_term:
            keys = DedupeKey.objects.filter(key__icontains=search_term).values("message_id")
            found |= queryset.filter(**{f"{self.message}__in": keys})
        return found, duplicates

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
