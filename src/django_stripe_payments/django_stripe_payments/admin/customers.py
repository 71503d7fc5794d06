from django.contrib import admin

from ..models import Customer
from . import search
from .base import ReadOnlyAdmin
from .methods import PaymentMethodInline


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "user", "stripe_id", "livemode", "created_at"]
    list_filter = ["livemode", "created_at"]
    list_select_related = ["user"]
    ordering = ["-created_at", "-pk"]
    search_fields = ["former_stripe_id", "=payment_methods__last4", "=payments__charges__last4"]
    searched = [lambda: search.customer_fields("")]
    inlines = [PaymentMethodInline]
