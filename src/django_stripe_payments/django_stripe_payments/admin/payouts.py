from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..models import Payout, PayoutItem
from .base import ReadOnlyAdmin, ReadOnlyInline


class PayoutItemInline(ReadOnlyInline):
    model = PayoutItem
    show_change_link = False
    fields = ["type", "source_id", "payment", "refund", "dispute", "amount", "fee", "net"]


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ["stripe_id", "sum_shown", "status", "arrival_date", "itemized_at"]
    list_filter = ["status", "arrival_date", "automatic", "livemode"]
    search_fields = ["stripe_id", "items__source_id"]
    inlines = [PayoutItemInline]

    @admin.display(description=_("amount"), ordering="amount")
    def sum_shown(self, payout: Payout) -> str:
        return payout.amount_display
