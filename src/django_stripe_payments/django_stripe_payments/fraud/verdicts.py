"""What a fraud rule gets, and what it can return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..models import Payment


@dataclass(frozen=True, slots=True)
class PaymentContext:
    """A payment before it is created, or before the customer resumes it.

    ``payment`` has its amount (minor unit), currency, type and metadata; it is not saved yet if
    ``is_new``. ``address`` is the client's, or empty without a request.
    """

    payment: Payment
    address: str = ""

    @property
    def user(self) -> Any:
        """The payer; None for a guest."""
        return self.payment.user

    @property
    def is_new(self) -> bool:
        """Whether the payment is about to be created; False if the customer resumes it."""
        return self.payment._state.adding


class Decision(Enum):
    ALLOW = "allow"
    # The payment continues, and staff review it: ``Payment.review_reason``.
    REVIEW = "review"
    # The payment continues, and the bank must authenticate the customer.
    THREE_D_SECURE = "three_d_secure"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's answer. ``reason`` is for staff, ``message`` for the customer."""

    decision: Decision
    reason: str = ""
    message: str = ""


#: A rule only reads. It runs outside any transaction, and must not call Stripe.
Rule = Callable[[PaymentContext], Verdict]


def allow() -> Verdict:
    """Let the payment continue."""
    return Verdict(Decision.ALLOW)


def review(reason: str) -> Verdict:
    """Let the payment continue, and have staff review it."""
    return Verdict(Decision.REVIEW, reason)


def require_three_d_secure(reason: str = "") -> Verdict:
    """Let the payment continue if the bank authenticates the customer."""
    return Verdict(Decision.THREE_D_SECURE, reason)


def deny(reason: str, message: str = "") -> Verdict:
    """Refuse the payment.

    Args:
        reason: for staff; the customer must not see it, as it would help to get around the rule.
        message: for the customer; empty for a general message.
    """
    return Verdict(Decision.DENY, reason, message)
