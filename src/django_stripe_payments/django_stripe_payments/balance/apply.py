"""Balance transactions: what Stripe booked, each stored once and never changed.

Stripe adds to one only which payout took it, and that it became available. What is added here
later is which of our rows it is about.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from .. import participants
from ..conf import settings
from ..database import statements
from ..database.transactions import require_no_transaction
from ..exceptions import StripeCallFailed
from ..models import BalanceTransaction, Dispute, Payment, Payout, Refund
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of, intent_id
from ..stripe_api.timestamps import from_timestamp

logger = logging.getLogger(__name__)

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


def keep(stripe_id: str) -> BalanceTransaction | None:
    """Return a balance transaction, which is fetched and stored if it is not known yet.

    Returns None if Stripe gives none of that id, as with a key that may not read the balance: the
    next reconciliation reports that, and what named the transaction is applied all the same.

    Raises:
        StripeUnavailable: Stripe did not answer.
        TransactionInProgress: it must be fetched, and a transaction is open.
    """
    known = BalanceTransaction.objects.filter(stripe_id=stripe_id)
    if (row := known.first()) is not None:
        return row
    require_no_transaction()
    try:
        apply([fetch(stripe_id)])
    except StripeCallFailed as error:
        logger.warning("Balance transaction %s could not be read: %s", stripe_id, error)
    return known.first()


def apply(transactions: Iterable[Snapshot], *, payout: Payout | None = None) -> int:
    """Store balance transactions, tied to their payments, refunds and disputes.

    Give those whose ``source`` is expanded, so that a charge's payment is found. One that is
    known keeps its amounts; only what it is about is added, and its payout is replaced: what a
    payout that failed had to bring, another one brings. Returns how many rows were written.
    """
    listed = list(transactions)
    subjects = _Subjects(listed)
    ids = [each["id"] for each in listed]
    known = {row.stripe_id: row for row in BalanceTransaction.objects.filter(stripe_id__in=ids)}
    rows = [_row(each, subjects, payout) for each in listed]
    new = [row for row in rows if row.stripe_id not in known]
    if participants.are_registered():
        _insert_each(new)
    else:
        BalanceTransaction.objects.bulk_create(new, ignore_conflicts=True)
    changed = [row for row in rows if row.stripe_id in known and _tie(known[row.stripe_id], row)]
    return len(new) + len(changed)


def _insert_each(new: Iterable[BalanceTransaction]) -> None:
    """Insert rows one by one: participants learn of each exactly once."""
    for row in new:
        with transaction.atomic():
            if statements.insert(row):
                _notify(row.stripe_id, is_new=True)


def _notify(stripe_id: str, *, is_new: bool) -> None:
    if participants.are_registered():
        row = BalanceTransaction.objects.get(stripe_id=stripe_id)
        participants.notify(lambda each: each.balance_transaction_stored(row, is_new))


#: What is added to a balance transaction that is known.
TIES = ("payout_id", "payment_id", "refund_id", "dispute_id")


def _tie(known: BalanceTransaction, news: BalanceTransaction) -> bool:
    """Add what a transaction is about; return whether anything was new."""
    ties = {name: value for name in TIES if (value := getattr(news, name)) is not None}
    changes = {name: value for name, value in ties.items() if getattr(known, name) != value}
    if changes:
        with transaction.atomic() if participants.are_registered() else nullcontext():
            BalanceTransaction.objects.filter(pk=known.pk).update(**changes)
            _notify(known.stripe_id, is_new=False)
    return bool(changes)


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
        self.refunds = self._read(Refund.objects.filter(stripe_id__in=ids))
        self.disputes = self._read(Dispute.objects.filter(stripe_id__in=ids))

    def _read(self, rows: QuerySet[Any]) -> dict[str, Any]:
        """Return the keys of refunds or disputes, and note their payments."""
        found = rows.values_list("stripe_id", "pk", "payment_id")
        self.payments |= {stripe_id: payment for stripe_id, _pk, payment in found if payment}
        return {stripe_id: pk for stripe_id, pk, _payment in found}


def _row(each: Snapshot, subjects: _Subjects, payout: Payout | None) -> BalanceTransaction:
    source, rate = id_of(each["source"]), each.get("exchange_rate")
    return BalanceTransaction(
        stripe_id=each["id"],
        livemode=_livemode(each),
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
    """Return the mode of what it is about, or of the key: a balance transaction names none."""
    source = each["source"]
    named = source.get("livemode") if isinstance(source, Mapping) else None
    return "_live_" in str(settings.STRIPE_SECRET_KEY) if named is None else bool(named)
