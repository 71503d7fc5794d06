"""What the app writes in the transactions that change money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django_stripe_payments.models import BalanceTransaction, Dispute, Payment, Refund
from django_stripe_payments.participants import Participant

from .models import Entry


class Journal(Participant):
    """Notes each change of money beside it."""

    def intent_params(self, payment: Payment) -> Mapping[str, Any]:
        return {"transfer_group": f"group-{payment.pk}", "metadata": {"journal": "yes"}}

    def payment_created(self, payment: Payment) -> None:
        note(payment, "created")

    def payment_changed(self, payment: Payment, before: str, changes: Mapping[str, Any]) -> None:
        if "status" in changes:
            note(payment, f"{before} → {payment.status}")

    def refund_created(self, refund: Refund) -> None:
        note(refund, f"created {refund.amount}")

    def refund_changed(self, refund: Refund, before: str, changes: Mapping[str, Any]) -> None:
        if "status" in changes:
            note(refund, f"{before} → {refund.status}")

    def dispute_changed(self, dispute: Dispute, before: str, changes: Mapping[str, Any]) -> None:
        note(dispute, dispute.status)

    def balance_transaction_stored(self, transaction: BalanceTransaction, is_new: bool) -> None:
        if is_new:
            note(transaction, transaction.type)


def note(row: Any, what: str) -> None:
    Entry.objects.create(about=f"{row._meta.model_name}:{row.pk}", what=what)
