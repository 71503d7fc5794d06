"""What a payout consists of: balance transactions, tied to our payments, refunds and disputes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import clock
from ..balance import apply as balance_apply
from ..database.transactions import own_transaction
from ..models import Payout
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of

Snapshot = Mapping[str, Any]


def fetch(payout: Payout) -> list[Snapshot]:
    """Return the balance transactions of a payout, with ``source`` expanded, as plain dicts."""
    params: Any = {"payout": payout.stripe_id, "limit": 100, "expand": ["data.source"]}
    with translated_errors():
        listed = get_client().v1.balance_transactions.list(params)
        return [item.to_dict(for_json=True) for item in listed.auto_paging_iter()]


def store(payout: Payout, transactions: Iterable[Snapshot]) -> int:
    """Store the balance transactions of a payout, each tied to its payment, refund or dispute.

    ``transactions`` are those that ``fetch`` returns. Stripe lists them once the payout's
    ``reconciliation_status`` is "completed", and they no longer change. Returns how many belong
    to the payout.
    """
    # The payout's own balance transaction, which takes the sum from the balance, is none of them.
    items = [item for item in transactions if id_of(item["source"]) != payout.stripe_id]
    with own_transaction():
        balance_apply.apply(items, payout=payout)
        payout.itemized_at = clock.now()
        Payout.objects.filter(pk=payout.pk).update(itemized_at=payout.itemized_at)
    return len(items)
