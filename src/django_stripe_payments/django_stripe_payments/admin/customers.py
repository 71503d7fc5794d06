from django.contrib import admin

from ..models import Customer
from .base import ReadOnlyAdmin
from .methods import PaymentMethodInline


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "user", "stripe_id", "livemode", "created_at"]
    list_filter = ["livemode", "created_at"]
    list_select_related = ["user"]
    search_fields = ["stripe_id", "email", "name"]
    inlines = [PaymentMethodInline]
