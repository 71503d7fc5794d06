from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import BalanceTransaction, Payout
from .base import ReadOnlyAdmin, ReadOnlyInline


class BalanceTransactionInline(ReadOnlyInline):
    model = BalanceTransaction
    fields = ["type", "source_id", "payment", "refund", "dispute", "net_display", "created"]
    ordering = ["created", "pk"]


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ["stripe_id", "sum_shown", "status", "arrival_date", "itemized_at"]
    list_filter = ["status", "arrival_date", "automatic", "livemode"]
    search_fields = ["stripe_id", "balance_transactions__source_id"]
    inlines = [BalanceTransactionInline]

    @admin.display(description=_("amount"), ordering="amount")
    def sum_shown(self, payout: Payout) -> str:
        return payout.amount_display


@admin.register(BalanceTransaction)
class BalanceTransactionAdmin(ReadOnlyAdmin):
    list_display = ["stripe_id", "type", "net_display", "source_id", "created", "available_on"]
    list_filter = ["reporting_category", "currency", "livemode", "created"]
    search_fields = ["stripe_id", "source_id", "payment__stripe_id", "payout__stripe_id"]
