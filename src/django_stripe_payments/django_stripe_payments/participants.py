"""Participants: code of other apps inside the transactions that change money.

A participant writes rows of its own in the transaction that creates or changes a payment, a refund,
a dispute or a balance transaction, and is rolled back with it: a plan that freezes with the
payment, a debt that is born with the refund. It may add parameters to an intent before the call.
An opt-in app, or a site, registers one in ``ready()`` of its AppConfig::

    from django_stripe_payments import participants

    participants.register(Splits())

Connect to a signal instead for everything that need not commit together with the money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from .database.transactions import own_transaction, without_stripe
from .exceptions import ConfigurationError

if TYPE_CHECKING:
    from .models import BalanceTransaction, Dispute, Payment, Refund


class Participant:
    """Base class: override what you need. Each method but ``intent_params`` may write rows.

    No method may call Stripe: it raises TransactionInProgress. A method may be called again after
    a rollback. What a method raises undoes the whole transaction: a new payment or refund is
    refused with that error, and news from Stripe stays unapplied until it is tried again, so that
    neither can be true without the other.
    """

    def intent_params(self, payment: Payment) -> Mapping[str, Any]:
        """Return parameters to add to the payment's new intent; ``metadata`` is merged.

        No transaction is open. Return the same for the same payment each time: a repetition of
        the call sends what the first try sent.
        """
        return {}

    def payment_created(self, payment: Payment) -> None:
        """Take part in the creation of a payment: by this site, or by a claim."""

    def payment_changed(self, payment: Payment, before: str, changes: Mapping[str, Any]) -> None:
        """Take part in news from Stripe: the old status, and the new values by column."""

    def refund_created(self, refund: Refund) -> None:
        """Take part in a new refund: reserved by this site, or found at Stripe."""

    def refund_changed(self, refund: Refund, before: str, changes: Mapping[str, Any]) -> None:
        """Take part in news of a refund: the old status, and the new values by column."""

    def dispute_changed(self, dispute: Dispute, before: str, changes: Mapping[str, Any]) -> None:
        """Take part in news of a dispute. For a new one ``changes`` is empty."""

    def balance_transaction_stored(self, transaction: BalanceTransaction, is_new: bool) -> None:
        """Take part in a new balance transaction, or in learning what a known one is about."""


_participants: list[Participant] = []


def register(participant: Participant) -> None:
    """Add a participant, after those that are registered. Adding it again changes nothing."""
    if participant not in _participants:
        _participants.append(participant)


def unregister(participant: Participant) -> None:
    """Remove a participant, for a test."""
    if participant in _participants:
        _participants.remove(participant)


def are_registered() -> bool:
    """Whether there is any participant."""
    return bool(_participants)


def transaction_if_any() -> AbstractContextManager[None]:
    """Return an ``own_transaction()`` if there is a participant, which needs one."""
    return own_transaction() if _participants else nullcontext()


def notify(call: Callable[[Participant], None]) -> None:
    """Call each participant, in the transaction that is open."""
    if not _participants:
        return
    with without_stripe():
        for participant in list(_participants):
            call(participant)


def add_params(payment: Payment, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of an intent with those that participants add.

    Raises ConfigurationError if one names what is set already.
    """
    for participant in list(_participants):
        with without_stripe():
            added = dict(participant.intent_params(payment))
        metadata = dict(added.pop("metadata", {}))
        taken = {*(added.keys() & params.keys()), *(metadata.keys() & params["metadata"].keys())}
        if taken:
            names = ", ".join(sorted(taken))
            msg = f"{type(participant).__name__} sets {names}, which is set already: leave it out."
            raise ConfigurationError(msg)
        params = {**params, **added, "metadata": {**params["metadata"], **metadata}}
    return params
