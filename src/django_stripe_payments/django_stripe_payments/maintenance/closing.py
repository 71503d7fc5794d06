"""Rows that can't be finished are closed by hand: staff's last resort.

Each function asks nothing of Stripe, and writes an audit entry that names who closed what, and why.
All raise NotClosable for a row that is finished already.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from .. import audit, clock
from ..database.transactions import own_transaction
from ..exceptions import NotClosable
from ..models import ApiOperation, Fact, Refund, WebhookEvent
from ..refunds import apply as refund_apply

#: Stored where an error would stand.
BY_HAND = "Closed by hand."


def close_event(event: WebhookEvent, note: str = "") -> None:
    """Finish an event without applying or announcing what is left of it."""
    now = clock.now()
    open_row = WebhookEvent.objects.filter(pk=event.pk, finished_at=None)
    with own_transaction():
        _require(open_row.update(finished_at=now, next_attempt_at=None, leased_until=None))
        audit.record("webhook_event.closed", event, stripe_id=event.stripe_id, note=note)


def close_fact(fact: Fact, note: str = "") -> None:
    """Announce a fact to no further receiver. What failed can still be run again by hand."""
    with own_transaction():
        open_row = Fact.objects.filter(pk=fact.pk, announced_at=None)
        _require(open_row.update(announced_at=clock.now()))
        audit.record("fact.closed", fact, key=fact.key, note=note)


def close_refund(refund: Refund, note: str = "") -> None:
    """Give up a refund that never got an answer, and free the amount that it reserves.

    If Stripe made it after all, the next event or reconciliation says so. One that Stripe knows
    can't be closed: its status is Stripe's.
    """
    _require(refund_apply.void(refund, BY_HAND))
    waiting = ApiOperation.objects.filter(target=f"refund:{refund.pk}", status__in=UNANSWERED)
    with own_transaction():
        waiting.update(status=ApiOperation.Status.FAILED, error=BY_HAND, updated_at=clock.now())
        audit.record("refund.closed", refund, amount=refund.amount, note=note)


def close_operation(operation: ApiOperation, note: str = "") -> None:
    """Take a call to Stripe that has no answer for one that failed."""
    unanswered = ApiOperation.objects.filter(pk=operation.pk, status__in=UNANSWERED)
    with own_transaction():
        _require(
            unanswered.update(
                status=ApiOperation.Status.FAILED, error=BY_HAND, updated_at=clock.now()
            )
        )
        audit.record("api_operation.closed", operation, kind=operation.kind, note=note)


UNANSWERED = (ApiOperation.Status.PENDING, ApiOperation.Status.UNKNOWN)


def _require(closed: int) -> None:
    if not closed:
        raise NotClosable(_("It is finished already, or waits for Stripe."))
