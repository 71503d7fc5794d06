"""What a payout consists of: balance transactions, tied to our payments, refunds and disputes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from ..database.transactions import own_transaction
from ..models import Dispute, Payment, Payout, PayoutItem, Refund
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of, intent_id

Snapshot = Mapping[str, Any]


def fetch(payout: Payout) -> list[Snapshot]:
    """Return the balance transactions of a payout, with ``source`` expanded, as plain dicts."""
    params: Any = {"payout": payout.stripe_id, "limit": 100, "expand": ["data.source"]}
    with translated_errors():
        listed = get_client().v1.balance_transactions.list(params)
        return [item.to_dict(for_json=True) for item in listed.auto_paging_iter()]


def store(payout: Payout, transactions: Iterable[Snapshot]) -> int:
    """Store what a payout consists of, each item tied to its payment, refund or dispute.

    ``transactions`` are its balance transactions, as ``fetch`` returns them. Stripe lists them
    once the payout's ``reconciliation_status`` is "completed", and they no longer change.
    Returns the number of items.
    """
    # The payout's own balance transaction, which takes the sum from the balance, is not an item.
    items = [item for item in transactions if id_of(item["source"]) != payout.stripe_id]
    related = _Related(items)
    with own_transaction():
        PayoutItem.objects.bulk_create(
            [_item(payout, item, related) for item in items], ignore_conflicts=True
        )
        # The items of a payout that failed come with another one.
        stored = PayoutItem.objects.filter(stripe_id__in=[item["id"] for item in items])
        stored.exclude(payout=payout).update(payout=payout)
        payout.itemized_at = timezone.now()
        Payout.objects.filter(pk=payout.pk).update(itemized_at=payout.itemized_at)
    return len(items)


class _Related:
    """Our rows that balance transactions refer to, read by one query for each kind."""

    def __init__(self, transactions: Sequence[Snapshot]) -> None:
        sources = [item["source"] for item in transactions]
        expanded = [source for source in sources if isinstance(source, Mapping)]
        ids = [id_of(source) for source in sources]
        intents = {id_of(source): intent_id(source) for source in expanded}
        payments = Payment.objects.filter(stripe_id__in=set(intents.values()) - {""})
        by_intent = {payment.stripe_id: payment for payment in payments}
        self.payments = {source: by_intent.get(intent) for source, intent in intents.items()}
        self.refunds = {
            refund.stripe_id: refund for refund in Refund.objects.filter(stripe_id__in=ids)
        }
        self.disputes = {
            dispute.stripe_id: dispute for dispute in Dispute.objects.filter(stripe_id__in=ids)
        }


def _item(payout: Payout, transaction: Snapshot, related: _Related) -> PayoutItem:
    source = id_of(transaction["source"])
    return PayoutItem(
        payout=payout,
        stripe_id=transaction["id"],
        type=transaction["type"],
        source_id=source,
        amount=transaction["amount"],
        fee=transaction["fee"],
        net=transaction["net"],
        currency=transaction["currency"],
        payment=related.payments.get(source),
        refund=related.refunds.get(source),
        dispute=related.disputes.get(source),
    )
