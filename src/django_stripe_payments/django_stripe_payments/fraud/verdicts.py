"""What a fraud rule is told, and what it can answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..models import Payment


@dataclass(frozen=True, slots=True)
class PaymentContext:
    """A payment before it is made, or before the customer goes on with it.

    ``payment`` has its amount (minor unit), currency, type and metadata; it is not saved yet if
    ``is_new``. ``address`` is the client's, or empty where no request is behind it.
    """

    payment: Payment
    address: str = ""

    @property
    def user(self) -> Any:
        """Who pays; None for a guest."""
        return self.payment.user

    @property
    def is_new(self) -> bool:
        """Whether the payment is about to be made, and not one that waits to be paid."""
        return self.payment._state.adding


class Decision(Enum):
    ALLOW = "allow"
    # Goes on, and a person looks at it: ``Payment.review_reason``.
    REVIEW = "review"
    # Goes on, and the bank must authenticate the customer.
    THREE_D_SECURE = "three_d_secure"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer. ``reason`` is for staff, ``message`` for the customer."""

    decision: Decision
    reason: str = ""
    message: str = ""


#: A rule reads and answers. It is asked in no transaction, and must not call Stripe.
Rule = Callable[[PaymentContext], Verdict]


def allow() -> Verdict:
    """Let the payment go on."""
    return Verdict(Decision.ALLOW)


def review(reason: str) -> Verdict:
    """Let the payment go on, and let a person look at it."""
    return Verdict(Decision.REVIEW, reason)


def require_three_d_secure(reason: str = "") -> Verdict:
    """Let the payment go on if the bank authenticates the customer."""
    return Verdict(Decision.THREE_D_SECURE, reason)


def deny(reason: str, message: str = "") -> Verdict:
    """Refuse the payment.

    Args:
        reason: for staff; the customer doesn't see it, as it would tell what to do differently.
        message: for the customer; empty for general words.
    """
    return Verdict(Decision.DENY, reason, message)
