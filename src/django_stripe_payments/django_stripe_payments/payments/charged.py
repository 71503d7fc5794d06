"""What a charge says about its payment: how it was paid, and what it cost."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ..balance import charges
from ..models import Payment
from ..stripe_api.lookup import intent_id
from . import claims, fees, moments
from .lookup import payment_of_intent

logger = logging.getLogger(__name__)

Snapshot = Mapping[str, Any]


def apply(charge: Snapshot) -> Payment | None:
    """Keep a charge, and what it says about our payment; return None if it is about none.

    Raises:
        StripeUnavailable: its balance transaction had to be fetched, and Stripe did not answer.
    """
    payment = payment_of(charge)
    if payment is None:
        about = {"payment_intent": intent_id(charge)}
        logger.info("Charge %s is about no payment of ours", charge["id"], extra=about)
        return None
    charges.apply(charge, payment)
    fees.apply_charge(payment, charge)
    moments.settle(payment, str(charge["id"]))
    return payment


def payment_of(charge: Snapshot) -> Payment | None:
    """Return our payment that a charge is about, if there is one."""
    intent = intent_id(charge)
    if not intent:
        return None
    # A charge has its intent's metadata, so it can be faster than the intent's own answer.
    return payment_of_intent({**charge, "id": intent}) or claims.payment_behind(charge)
