"""Refunds at Stripe, whoever made them, compared with ours."""

from __future__ import annotations

from collections.abc import Callable

from ..exceptions import StripeCallFailed
from ..models import Payment, Refund
from ..refunds import apply as refund_apply
from ..stripe_api.client import get_client
from ..stripe_api.lookup import intent_id
from .backoff import patiently
from .sync import Item, Sync

KIND = "refund"

#: A refund in one of these is not over yet.
OPEN = (Refund.Status.PENDING, Refund.Status.REQUIRES_ACTION)


def listed(sync: Sync) -> None:
    """Compare every refund that was made within the window."""
    for page in sync.pages(get_client().v1.refunds.list, created=sync.created):
        found = Payment.objects.filter(stripe_id__in={intent_id(refund) for refund in page})
        payments = {payment.stripe_id: payment for payment in found}
        for refund in page:
            sync.count(KIND)
            payment = payments.get(intent_id(refund))
            if payment is None:
                sync.count(KIND, "not ours")
            else:
                _compare(sync, payment, refund)


def older(sync: Sync) -> None:
    """Ask for each refund that is older than the window and not over yet."""
    waiting = Refund.objects.filter(status__in=OPEN, created_at__lt=sync.since)
    for row in sync.rows(waiting.exclude(stripe_id=None).select_related("payment")):
        sync.count(KIND, "asked for")
        try:
            current = _fetch(row.stripe_id)
        except StripeCallFailed as error:
            detail = f"Refund {row.pk} names it: {error}"
            sync.look(KIND, row.stripe_id, "not_at_stripe", detail)
            continue
        _compare(sync, row.payment, current)


def _compare(sync: Sync, payment: Payment, refund: Item) -> None:
    if _agree(payment, refund):
        return
    payment.refresh_from_db()
    refund = _fetch(refund["id"])
    if _agree(payment, refund):
        return
    here = Refund.objects.filter(stripe_id=refund["id"]).first()
    if here is not None and refund_apply.is_current(payment, refund):
        sync.look(KIND, refund["id"], "contradiction", _contradiction(here, refund))
        return
    problem = "missing" if here is None else "different"
    told = here.status if here else "unknown"
    detail = f"payment {payment.pk}: {told} here, {refund['status']} at Stripe"
    sync.repair(KIND, refund["id"], problem, _mend(refund), detail=detail)


def _agree(payment: Payment, refund: Item) -> bool:
    if not refund_apply.is_current(payment, refund):
        return False
    here = Refund.objects.filter(stripe_id=refund["id"]).first()
    return here is None or here.status == refund["status"]


def _contradiction(here: Refund, refund: Item) -> str:
    return f"refund {here.pk} is {here.status} here and {refund['status']} at Stripe"


def _mend(refund: Item) -> Callable[[], str]:
    def mend() -> str:
        row = refund_apply.apply(refund)
        if row is None:
            return ""
        return "" if row.status == refund["status"] else _contradiction(row, refund)

    return mend


def _fetch(stripe_id: str) -> Item:
    return dict(patiently(lambda: refund_apply.fetch(stripe_id)))
