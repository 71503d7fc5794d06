from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import PaymentMethod, SetupIntent
from . import search
from .base import ReadOnlyAdmin, ReadOnlyInline
from .events import UnsetFilter


class AttachedFilter(UnsetFilter):
    title = _("state")
    parameter_name = "removed"
    column = "detached_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Saved")), ("yes", _("Removed"))]


class PaymentMethodInline(ReadOnlyInline):
    model = PaymentMethod
    fields = ["stripe_id", "type", "brand", "last4", "expiry", "detached_at"]

    @admin.display(description=_("expires"))
    def expiry(self, method: PaymentMethod) -> str:
        return expiry(method)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "customer", "default", "expiry", "created_at", "detached_at"]
    list_filter = [AttachedFilter, "type", "brand", "country", "created_at"]
    list_select_related = ["customer"]
    search_fields = ["stripe_id", "=last4"]
    searched = [search.customer_fields]
    # It would reveal which customers have the same card.
    exclude = ["fingerprint", "exp_month", "exp_year"]
    readonly_fields = ["expiry"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("customer")

    @admin.display(description=_("default"), boolean=True)
    def default(self, method: PaymentMethod) -> bool:
        return method.is_default

    @admin.display(description=_("expires"), ordering="exp_year")
    def expiry(self, method: PaymentMethod) -> str:
        return expiry(method)


@admin.register(SetupIntent)
class SetupIntentAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "customer", "status", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["customer"]
    search_fields = ["stripe_id"]
    searched = [search.customer_fields]


def expiry(method: PaymentMethod) -> str:
    """Return "04/2034", whose year no language groups; "-" for what does not expire."""
    return f"{method.exp_month:02}/{method.exp_year}" if method.exp_month else "-"
