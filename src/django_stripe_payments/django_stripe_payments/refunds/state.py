"""What Stripe says about a refund: pure functions, no database, no network.

As with payments, news arrives in any order, twice, and late:

- *failed* and *canceled* are final and beat *succeeded*: the bank may send a refund back after
  Stripe called it done. All three are believed from any event, however old.
- *pending* and *requires_action* are only believed from the refund as it is now.
"""

from collections.abc import Mapping
from typing import Any

from ..models import Refund
from ..stripe_api.timestamps import from_timestamp

#: A refund as Stripe describes it.
News = Mapping[str, Any]
Status = Refund.Status

_STRENGTH: dict[str, int] = {Status.SUCCEEDED: 1, Status.CANCELED: 2, Status.FAILED: 3}

#: Status → the fact that it states.
FACTS: dict[str, str] = {
    Status.SUCCEEDED: "payment_refunded",
    Status.FAILED: "refund_failed",
    Status.CANCELED: "refund_failed",
}


def is_believed(status: str) -> bool:
    """Whether a status may be taken from an event, whatever its age."""
    return status in _STRENGTH


def is_void(status: str) -> bool:
    """Whether a refund in this status gave nothing to the customer."""
    return status in Refund.VOID_STATUSES


def next_status(current: str, news: str) -> str:
    """Return the status after ``news`` that is believed, or that was read just now."""
    return current if _STRENGTH.get(current, 0) > _STRENGTH.get(news, 0) else news


def facts_of(*sources: News) -> list[str]:
    """Return the kinds of the facts that descriptions of one refund state, each once."""
    kinds = (FACTS.get(news["status"]) for news in sources)
    return list(dict.fromkeys(kind for kind in kinds if kind))


def fields_of(news: News) -> dict[str, Any]:
    """Return the columns of Refund that follow Stripe's description."""
    fields = {
        "stripe_id": str(news["id"]),
        "status": news["status"],
        "failure_reason": (news.get("failure_reason") or "")[:255],
    }
    created = news.get("created")
    return {**fields, "created": from_timestamp(created)} if created else fields


def is_release(news: News) -> bool:
    """Whether this is not a refund of money, but the part of an authorization that was let go.

    Stripe makes a refund of what a partial capture leaves. It moves no money, so it has no
    balance transaction. https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
    """
    return news["status"] == Status.SUCCEEDED and not news.get("balance_transaction")
