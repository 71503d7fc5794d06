"""Balance transactions: what Stripe booked, each stored once and never changed.

Stripe adds to one only which payout took it, and that it became available.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..models import BalanceTransaction, Dispute, Payment, Payout, Refund
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of, intent_id
from ..stripe_api.timestamps import from_timestamp

Snapshot = Mapping[str, Any]


def fetch(stripe_id: str) -> Snapshot:
    """Return a balance transaction as Stripe knows it now, with what it is about.

    Raises:
        StripeUnavailable: Stripe did not answer.
        StripeCallFailed: Stripe does not know it, or the key may not read it.
    """
    wanted: Any = {"expand": ["source"]}
    with translated_errors():
        found = get_client().v1.balance_transactions.retrieve(stripe_id, wanted)
    snapshot: Snapshot = found.to_dict(for_json=True)
    return snapshot


def apply(transactions: Iterable[Snapshot], *, payout: Payout | None = None) -> int:
    """Store balance transactions, tied to their payments, refunds and disputes; return how many.

    Give those whose ``source`` is expanded, so that a charge's payment is found. One that is
    known stays as it is, but for its payout.
    """
    listed = list(transactions)
    subjects = _Subjects(listed)
    rows = [_row(each, subjects, payout) for each in listed]
    BalanceTransaction.objects.bulk_create(rows, ignore_conflicts=True)
    if payout is not None:
        # What a payout that failed had to bring, another one brings.
        known = BalanceTransaction.objects.filter(stripe_id__in=[each["id"] for each in listed])
        known.exclude(payout=payout).update(payout=payout)
    return len(listed)


class _Subjects:
    """Our rows of what balance transactions are about, read by one query for each kind."""

    def __init__(self, transactions: Sequence[Snapshot]) -> None:
        sources = [each["source"] for each in transactions]
        expanded = [source for source in sources if isinstance(source, Mapping)]
        ids = [id_of(source) for source in sources]
        intents = {id_of(source): intent_id(source) for source in expanded}
        paid = Payment.objects.filter(stripe_id__in=set(intents.values()) - {""})
        by_intent = {payment.stripe_id: payment.pk for payment in paid.only("pk", "stripe_id")}
        self.payments = {source: by_intent.get(intent) for source, intent in intents.items()}
        refunds = Refund.objects.filter(stripe_id__in=ids).values_list("stripe_id", "pk")
        self.refunds = dict(refunds)
        disputes = Dispute.objects.filter(stripe_id__in=ids).values_list("stripe_id", "pk")
        self.disputes = dict(disputes)


def _row(each: Snapshot, subjects: _Subjects, payout: Payout | None) -> BalanceTransaction:
    source, rate = id_of(each["source"]), each.get("exchange_rate")
    return BalanceTransaction(
        stripe_id=each["id"],
        livemode=payout.livemode if payout else _livemode(each),
        type=each["type"],
        reporting_category=each.get("reporting_category") or each["type"],
        amount=each["amount"],
        fee=each["fee"],
        net=each["net"],
        currency=each["currency"],
        # JSON's number, by its own digits.
        exchange_rate=None if rate is None else Decimal(str(rate)),
        source_id=source,
        created=from_timestamp(each["created"]),
        available_on=from_timestamp(each["available_on"]),
        payout=payout,
        payment_id=subjects.payments.get(source),
        refund_id=subjects.refunds.get(source),
        dispute_id=subjects.disputes.get(source),
    )


def _livemode(each: Snapshot) -> bool:
    """Return the mode of what it is about: a balance transaction itself names none."""
    source = each["source"]
    return bool(source.get("livemode")) if isinstance(source, Mapping) else False
