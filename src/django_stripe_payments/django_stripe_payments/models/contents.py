from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import money, payment_types
from ..database.primary import Stored


class Contents(Stored):
    """What a payment is for, and who buys: frozen with the payment, and not sent to Stripe."""

    # What the amount consists of, as ``line_items.freeze`` returns it. A column, and no rows: the
    # lines are written once with the payment, read with it, and never searched.
    lines = models.JSONField(_("lines"), default=list, blank=True)
    # The part of the amount that is tax; NULL if the site has not said.
    tax_amount = models.BigIntegerField(_("tax"), null=True, blank=True)
    # What the buyer gave at the checkout, of "name", "address" and "tax_id": ``payments.buyer``.
    buyer = models.JSONField(_("buyer"), default=dict, blank=True)

    payment_type: Any
    currency: Any

    class Meta:
        abstract = True

    @property
    def type_label(self) -> str:
        """The label of the payment type in the active language."""
        return payment_types.label_of(self.payment_type)

    @property
    def tax_display(self) -> str:
        """The formatted tax; "" if the site has not said it."""
        return "" if self.tax_amount is None else money.display(self.tax_amount, self.currency)

    @property
    def lines_display(self) -> list[dict[str, Any]]:
        """The lines for a page: "description", "quantity", "unit_display", "amount_display"."""
        return [
            {
                "description": line["description"],
                "quantity": line["quantity"],
                "unit_display": money.display(line["unit_amount"], self.currency),
                "amount_display": money.display(line["amount"], self.currency),
            }
            for line in self.lines
        ]
