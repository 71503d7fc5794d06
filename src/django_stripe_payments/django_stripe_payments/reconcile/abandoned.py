"""Payments that nobody will pay any more: their intents are canceled at Stripe."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from ..conf import settings
from ..exceptions import PaymentClosed
from ..models import Payment
from ..payments import apply as payment_apply
from ..payments import capture
from .sync import Sync


def abandoned(sync: Sync) -> None:
    """Cancel each payment that waits for its customer for longer than the setting allows."""
    after = settings.STRIPE_SYNC_ABANDONED_AFTER
    if after is None:
        return
    latest = timezone.now() - timedelta(seconds=after)
    waiting = Payment.objects.filter(status__in=Payment.OPEN_STATUSES, created_at__lt=latest)
    for payment in sync.rows(waiting):
        sync.repair("payment", str(payment.pk), "orphan", _cancel(payment), detail=_about(payment))


def _about(payment: Payment) -> str:
    return f"{payment.stripe_id or 'no intent'}, {payment.status}"


def _cancel(payment: Payment) -> Callable[[], str]:
    def mend() -> str:
        if payment.stripe_id is None:
            # Stripe knows nothing of it, and has not to be told only to cancel it.
            payment_apply.apply_intent(payment, news=_canceled(payment))
            return ""
        # Paid at the last moment, which was applied; or a bank is at work on it.
        with suppress(PaymentClosed):
            capture.cancel_payment(payment, "abandoned")
        return ""

    return mend


def _canceled(payment: Payment) -> dict[str, object]:
    return {
        "status": Payment.Status.CANCELED,
        "amount": payment.amount,
        "currency": payment.currency,
        "livemode": payment.livemode,
    }
