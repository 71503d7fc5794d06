"""What a customer fills in to ask for a refund."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import money
from ..exceptions import InvalidAmount
from ..models import Payment
from ..refunds.policy import RefundOffer


class RefundRequestForm(forms.Form):
    """Amount (empty for all that the offer allows) and words."""

    amount = forms.DecimalField(label=_("Amount"), required=False)
    message = forms.CharField(
        label=_("Why do you want a refund?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # The request's id comes from it: sending the form twice asks once.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, payment: Payment, offer: RefundOffer, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"key": uuid4()}, **kwargs})
        self.payment = payment
        self.currency = payment.currency
        self.most = offer.amount
        amount = self.fields["amount"]
        amount.help_text = gettext("In %(currency)s, at most %(most)s. Empty means all of it.") % {
            "currency": self.currency.upper(),
            "most": money.display(self.most, self.currency),
        }
        # As much as the currency allows; the browser helps, ``clean_amount`` decides.
        step = money.to_decimal(money.step(self.currency), self.currency)
        amount.widget.attrs |= {"step": f"{step:f}", "min": f"{step:f}", "inputmode": "decimal"}
        amount.widget.attrs["max"] = f"{money.to_decimal(self.most, self.currency):f}"

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is None:
            return None
        try:
            minor = money.to_minor(amount, self.currency)
        except InvalidAmount:
            raise forms.ValidationError(gettext("This is no amount of money.")) from None
        if minor > self.most:
            most = money.display(self.most, self.currency)
            raise forms.ValidationError(
                gettext("At most %(most)s can be refunded.") % {"most": most}
            )
        return amount

    def clean_key(self) -> UUID | None:
        key: UUID | None = self.cleaned_data["key"]
        return None if key is None else request_id(key, self.payment)


def request_id(key: UUID, payment: Payment) -> UUID:
    """Return the id of what is asked for under a key that a browser chose.

    Whatever it chooses, it is the id of nothing else: not of a refund that the customer can see,
    nor of what was asked for another payment.
    """
    return uuid5(key, str(payment.pk))
