"""How much of a payment its refunds and disputes have taken or reserved.

Everything here runs inside the caller's transaction, which writes ``lock`` or ``reserve`` first:
that UPDATE holds the payment's row until the end, so that the refunds of one payment are changed
by one process after the other, on every database.
"""

from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least

from .. import clock
from ..models import Dispute, Payment, Refund


def lock(payment_id: UUID) -> None:
    """Block other changes of the payment's refunds until the transaction ends."""
    _payment(payment_id).update(updated_at=clock.now())


def reserve(payment_id: UUID, amount: int) -> bool:
    """Reserve ``amount`` minor units if so much is left; return whether it was."""
    enough = _payment(payment_id).filter(
        amount_received__gte=F("amount_refunded") + F("amount_disputed") + amount
    )
    reserved = enough.update(amount_refunded=F("amount_refunded") + amount, updated_at=clock.now())
    return bool(reserved)


def recount(payment_id: UUID) -> None:
    """Set what is refunded to the sum of the refunds that stand; the payment is locked.

    At most what arrived is counted. The sum may be larger for a while: when a refund is made in
    Stripe's dashboard of what a refund of ours has reserved, until Stripe refuses ours.
    """
    standing: QuerySet[Any, Any] = (
        Refund.objects.filter(payment=OuterRef("pk"))
        .exclude(status__in=Refund.VOID_STATUSES)
        .order_by()
        .values("payment")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    total = Coalesce(Subquery(standing), 0)
    _payment(payment_id).update(amount_refunded=Least(total, F("amount_received")))


def recount_disputed(payment_id: UUID) -> None:
    """Set what is disputed to the sum that banks have at the moment; the payment is locked."""
    withdrawn: QuerySet[Any, Any] = (
        Dispute.objects.filter(payment=OuterRef("pk"))
        .order_by()
        .values("payment")
        .annotate(total=Sum("amount_withdrawn"))
        .values("total")
    )
    _payment(payment_id).update(amount_disputed=Coalesce(Subquery(withdrawn), 0))


def _payment(payment_id: UUID) -> QuerySet[Payment]:
    return Payment.objects.filter(pk=payment_id)
