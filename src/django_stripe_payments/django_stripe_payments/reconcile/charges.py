"""Charges at Stripe, compared with those that are kept here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..balance import charges
from ..models import Charge
from ..payments import charged
from ..stripe_api.client import get_client
from .comparison import Comparison
from .sync import Item, Sync


def listed(sync: Sync) -> None:
    """Compare every charge that was made within the window, declined ones among them."""
    for page in sync.pages(get_client().v1.charges.list, created=sync.created):
        CHARGES.compare_page(sync, page)


def _is_ours(charge: Item) -> bool:
    return charged.payment_of(charge) is not None


class _Charges:
    """What ``balance.charges`` offers, for charges whose payment may have to be found."""

    def fetch(self, stripe_id: str) -> Mapping[str, Any]:
        return charges.fetch(stripe_id)

    def is_current(self, row: Charge | None, charge: Item) -> bool:
        return charges.is_current(row, charge)

    def apply(self, charge: Item) -> Charge | None:
        charged.apply(charge)
        return Charge.objects.filter(stripe_id=charge["id"]).first()


CHARGES = Comparison(
    kind="charge",
    rows=Charge.objects.all(),
    room=_Charges(),
    is_ours=_is_ours,
)
