"""Claims: payment intents that this site did not create, and that are its own all the same.

Stripe creates intents by itself, such as an invoice's for each renewal of a subscription. An
opt-in app that knows what they are for registers a function in ``ready()`` of its AppConfig::

    from django_stripe_payments.payments import claims

    claims.register(claim_renewal)

The payment that it claims is one row, wherever the news comes from first. From then on it is a
payment like any other: signals, refunds, disputes, fees, history. Only its intent is never
canceled here because it was abandoned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import audit, participants
from ..database.transactions import own_transaction, require_no_transaction
from ..models import Customer, Payment
from ..stripe_api.lookup import id_of, intent_id
from . import apply as payment_apply
from . import fees
from .arguments import MAX_DESCRIPTION, MAX_TYPE, checked_metadata, checked_text
from .lookup import payment_of_charge, payment_of_intent
from .state import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the claimed payment is for. The intent says the rest: amount, currency, mode.

    Attributes:
        payment_type: may be reserved, such as "invoice".
        user: the payer; without one, the user of the intent's customer, if that one is known here.
        description: what the payer reads; cut to 1,000 characters.
        metadata: plain values, kept on the row.
    """

    payment_type: str
    user: Any = None
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


#: Takes an intent that is not one of this site's, as Stripe's plain dict; returns what it is for,
#: or None if it is not known. It may call Stripe, and must not write.
Claimer = Callable[[Intent], Terms | None]

_claimers: list[Claimer] = []


def register(claimer: Claimer) -> None:
    """Register a function that claims intents; the first one that knows an intent counts."""
    if claimer not in _claimers:
        _claimers.append(claimer)


def unregister(claimer: Claimer) -> None:
    """Remove a function, for a test."""
    if claimer in _claimers:
        _claimers.remove(claimer)


def terms_of(intent: Intent) -> Terms | None:
    """Return what an intent is for, by the first function that knows it."""
    if _claimers:
        require_no_transaction()
    return next((terms for claim in _claimers if (terms := claim(intent)) is not None), None)


def find_or_claim(intent: Intent) -> Payment | None:
    """Return our payment of an intent, which may be new by this; None if it is not ours.

    Raises:
        InvalidMetadata: the terms can't be stored.
        TransactionInProgress: a transaction is open, and a function must be asked.
    """
    payment = payment_of_intent(intent)
    if payment is not None:
        return payment
    terms = terms_of(intent)
    return None if terms is None else _create(intent, terms)


def payment_behind(about: Mapping[str, Any]) -> Payment | None:
    """Return the payment that a charge, refund, dispute or warning is about, claimed if need be.

    Its intent is fetched where a function may claim it: this news may be faster than the intent's.

    Raises:
        StripeUnavailable: the intent had to be fetched, and Stripe did not answer.
    """
    payment = payment_of_charge(about)
    intent = intent_id(about)
    if payment is not None or not _claimers or not intent:
        return payment
    return find_or_claim(payment_apply.fetch(intent))


def _create(intent: Intent, terms: Terms) -> Payment:
    """Insert the row, or return the one that another process inserted."""
    payment = _row(intent, terms)
    with own_transaction():
        Payment.objects.bulk_create([payment], ignore_conflicts=True)
        stored = Payment.objects.get(stripe_id=intent["id"])
        if stored.pk == payment.pk:
            audit.record(
                "payment.claimed", stored, type=stored.payment_type, stripe_id=stored.stripe_id
            )
            participants.notify(lambda each: each.payment_created(stored))
    return stored


def _row(intent: Intent, terms: Terms) -> Payment:
    customer = Customer.objects.filter(stripe_id=id_of(intent.get("customer")) or None).first()
    user = terms.user or (customer.user if customer is not None else None)
    payment = Payment(
        stripe_id=intent["id"],
        user=user,
        customer=customer,
        amount=intent["amount"],
        currency=intent["currency"],
        livemode=bool(intent.get("livemode")),
        payment_type=checked_text("payment_type", terms.payment_type, MAX_TYPE),
        description=checked_text("description", terms.description)[:MAX_DESCRIPTION],
        metadata=checked_metadata(terms.metadata),
        capture_method="manual" if intent.get("capture_method") == "manual" else "automatic",
        is_claimed=True,
    )
    payment.stripe_fee = fees.estimate(payment.amount, payment.currency)
    payment.platform_fee = fees.platform_fee(payment)
    return payment
