"""What the buyer gives at the checkout: name, address and tax ID, for documents.

It may change until the payment is made, and is frozen then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from ..exceptions import InvalidBuyer, PaymentClosed
from ..models import Payment
from ..payment_types import COLLECTED, collected

_COUNTRY = RegexValidator("^[A-Za-z]{2}$", _("Enter the country code of two letters, such as US."))
_TAX_ID = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9 ./-]*$", _("Enter letters and digits only."))

#: The fields of an address, as Stripe names them.
ADDRESS = ("line1", "line2", "postal_code", "city", "state", "country")


class BuyerForm(forms.Form):
    """The fields that a payment type wishes for. The tax ID is optional: not everyone has one."""

    name = forms.CharField(label=_("Name"), max_length=255)
    line1 = forms.CharField(label=_("Address"), max_length=255)
    line2 = forms.CharField(label=_("Address, second line"), max_length=255, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=32, required=False)
    city = forms.CharField(label=_("City"), max_length=255)
    state = forms.CharField(label=_("State or region"), max_length=255, required=False)
    country = forms.CharField(label=_("Country code"), max_length=2, validators=[_COUNTRY])
    tax_id = forms.CharField(label=_("Tax ID"), max_length=64, required=False, validators=[_TAX_ID])

    def __init__(self, *args: Any, collect: Collection[str] = COLLECTED, **options: Any) -> None:
        super().__init__(*args, **{"prefix": "buyer", **options})
        for name in list(self.fields):
            if ("address" if name in ADDRESS else name) not in collect:
                del self.fields[name]
        for name, field in self.fields.items():
            field.widget.attrs["autocomplete"] = AUTOCOMPLETE[name]

    def buyer(self) -> dict[str, Any]:
        """Return what was given, without what was left empty."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        address = {name: given.pop(name) for name in ADDRESS if name in given}
        if "country" in address:
            address["country"] = address["country"].upper()
        return {**given, **({"address": address} if address else {})}


#: The browser's own names of the fields, so that it can fill them in.
AUTOCOMPLETE = {
    "name": "billing name",
    "line1": "billing address-line1",
    "line2": "billing address-line2",
    "postal_code": "billing postal-code",
    "city": "billing address-level2",
    "state": "billing address-level1",
    "country": "billing country",
    "tax_id": "off",
}


def form_for(payment_type: str, buyer: Mapping[str, Any] | None = None) -> BuyerForm | None:
    """Return the form with what is known already; None if the type wishes for nothing."""
    collect = collected(payment_type)
    return BuyerForm(collect=collect, initial=flat(buyer or {})) if collect else None


def flat(buyer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a buyer as the fields of the form."""
    address = buyer.get("address")
    return {
        **{name: value for name, value in buyer.items() if name != "address"},
        **(address if isinstance(address, Mapping) else {}),
    }


def checked(buyer: Mapping[str, Any], collect: Collection[str] | None = None) -> dict[str, Any]:
    """Return what is stored of a buyer: {"name", "address": {"line1", …}, "tax_id"}.

    Args:
        buyer: the same, or with the fields of the address beside the name.
        collect: what is asked for; by default what ``buyer`` holds.

    Raises:
        InvalidBuyer: something is missing, too long or malformed; the message says what.
    """
    fields = flat(buyer)
    if collect is None:
        collect = {"address" if name in ADDRESS else name for name in fields}
    form = BuyerForm(fields, collect=collect, prefix=None)
    if not form.is_valid():
        problems = [
            f"{form.fields[name].label}: {problem}"
            for name, listed in form.errors.items()
            for problem in listed
        ]
        raise InvalidBuyer(" ".join(problems))
    return form.buyer()


def store(payment: Payment, buyer: Mapping[str, Any]) -> None:
    """Keep what the buyer of an open payment gives, if its type wishes for it.

    Raises InvalidBuyer, and PaymentClosed for a payment that is not open any more.
    """
    collect = collected(payment.payment_type)
    if not collect:
        return
    given = checked(buyer, collect)
    own = Payment.objects.filter(pk=payment.pk, status__in=Payment.OPEN_STATUSES)
    if not own.update(buyer=given):
        raise PaymentClosed(_("This payment can no longer be changed."))
    payment.buyer = given


def lines_of(buyer: Mapping[str, Any]) -> list[str]:
    """Return a buyer as the lines of an address."""
    fields = flat(buyer)
    town = " ".join(fields[name] for name in ("postal_code", "city", "state") if fields.get(name))
    named = [fields.get(name, "") for name in ("name", "line1", "line2")]
    return [line for line in (*named, town, fields.get("country"), fields.get("tax_id")) if line]
