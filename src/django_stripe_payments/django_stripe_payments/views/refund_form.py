"""The form in which a customer requests a refund."""

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
    """Amount (empty for all that the offer allows) and an optional message."""

    amount = forms.DecimalField(label=_("Amount"), required=False)
    message = forms.CharField(
        label=_("Why are you requesting a refund?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    # The request's id is derived from it, so that a second submit is the same request.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, payment: Payment, offer: RefundOffer, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"key": uuid4()}, **kwargs})
        self.payment = payment
        self.currency = payment.currency
        self.maximum = offer.amount
        amount = self.fields["amount"]
        amount.help_text = gettext(
            "In %(currency)s, up to %(maximum)s. Leave empty for all of it."
        ) % {
            "currency": self.currency.upper(),
            "maximum": money.display(self.maximum, self.currency),
        }
        # Hints for the browser; ``clean_amount`` decides.
        step = money.to_decimal(money.step(self.currency), self.currency)
        amount.widget.attrs |= {"step": f"{step:f}", "min": f"{step:f}", "inputmode": "decimal"}
        amount.widget.attrs["max"] = f"{money.to_decimal(self.maximum, self.currency):f}"

    def clean_amount(self) -> Decimal | None:
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount is None:
            return None
        try:
            minor = money.to_minor(amount, self.currency)
        except InvalidAmount:
            raise forms.ValidationError(gettext("Enter a valid amount.")) from None
        if minor > self.maximum:
            maximum = money.display(self.maximum, self.currency)
            raise forms.ValidationError(
                gettext("You can request up to %(maximum)s.") % {"maximum": maximum}
            )
        return amount

    def clean_key(self) -> UUID | None:
        key: UUID | None = self.cleaned_data["key"]
        return None if key is None else request_id(key, self.payment)


def request_id(key: UUID, payment: Payment) -> UUID:
    """Return the id of the request for a key that the browser chose.

    Deriving it keeps a browser from naming the id of another request or refund.
    """
    return uuid5(key, str(payment.pk))
