from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .. import money
from ..models import BalanceTransaction, Payout
from . import search
from .base import ReadOnlyAdmin, ReadOnlyInline
from .columns import badge
from .export import ExportAdmin


class _Net:
    """The net as people read it, under a name that is translated."""

    @admin.display(description=_("net"), ordering="net")
    def net_shown(self, row: BalanceTransaction) -> str:
        return row.net_display


class BalanceTransactionInline(_Net, ReadOnlyInline):
    model = BalanceTransaction
    fields = ["type", "source_id", "payment", "refund", "dispute", "net_shown", "created"]
    ordering = ["created", "pk"]


@admin.register(Payout)
class PayoutAdmin(ExportAdmin, ReadOnlyAdmin):
    list_display = ["stripe_id", "sum_shown", "state", "arrival_date", "itemized_at"]
    date_hierarchy = "arrival_date"
    totals = ["amount"]
    export_columns = (
        (_("Arrival date"), lambda payout: payout.arrival_date),
        (_("Currency"), lambda payout: payout.currency.upper()),
        (_("Amount"), lambda payout: money.to_decimal(payout.amount, payout.currency)),
        (_("Status"), lambda payout: payout.status_label),
        (_("Stripe ID"), lambda payout: payout.stripe_id),
    )
    list_filter = ["status", "arrival_date", "automatic", "livemode"]
    search_fields = ["stripe_id", "balance_transactions__source_id"]
    inlines = [BalanceTransactionInline]

    @admin.display(description=_("status"), ordering="status")
    def state(self, payout: Payout) -> SafeString:
        return badge(payout.status, capfirst(payout.status_label))

    @admin.display(description=_("amount"), ordering="amount")
    def sum_shown(self, payout: Payout) -> str:
        return payout.amount_display


@admin.register(BalanceTransaction)
class BalanceTransactionAdmin(_Net, ExportAdmin, ReadOnlyAdmin):
    date_hierarchy = "created"
    totals = ["amount", "fee", "net"]
    export_columns = (
        (_("Created"), lambda row: row.created.isoformat(" ", "seconds")),
        (_("Type"), lambda row: row.type),
        (_("Category"), lambda row: row.reporting_category),
        (_("Currency"), lambda row: row.currency.upper()),
        (_("Amount"), lambda row: money.to_decimal(row.amount, row.currency)),
        (_("Fee"), lambda row: money.to_decimal(row.fee, row.currency)),
        (_("Net"), lambda row: money.to_decimal(row.net, row.currency)),
        (_("Source"), lambda row: row.source_id),
        (_("Stripe ID"), lambda row: row.stripe_id),
    )
    list_display = ["stripe_id", "type", "net_shown", "source_id", "created", "available_on"]
    list_filter = ["reporting_category", "currency", "livemode", "created"]
    search_fields = ["stripe_id", "source_id", "payout__stripe_id"]
    searched = [search.payment_fields]
