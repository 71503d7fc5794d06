"""Payments that will not be paid any more: their intents are canceled at Stripe."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from .. import clock
from ..conf import settings
from ..exceptions import PaymentClosed
from ..models import Payment
from ..payments import cancel, instructions
from .sync import Fix, Sync


def abandoned(sync: Sync) -> None:
    """Cancel each payment that waits for its customer for longer than the setting allows."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    if after is None:
        return
    latest = clock.now() - timedelta(seconds=after)
    waiting = Payment.objects.filter(
        instructions.may_be_abandoned(latest), status__in=Payment.OPEN_STATUSES, is_claimed=False
    )
    for payment in sync.rows(waiting):
        detail = f"{payment.stripe_id or 'no intent'}, {payment.status}"
        sync.repair("payment", str(payment.pk), "orphan", _cancel(payment), detail=detail)


def _cancel(payment: Payment) -> Fix:
    def fix() -> str:
        if payment.stripe_id is None:
            # An intent would be created only to be canceled.
            cancel.close_without_intent(payment)
            return ""
        # Paid at the last moment, which was applied; or a bank is working on it.
        with suppress(PaymentClosed):
            cancel.cancel_payment(payment, "abandoned")
        return ""

    return fix
