"""Give money back: reserved in one transaction, requested from Stripe after it, never twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from .. import audit, money, participants
from ..database.transactions import in_transaction
from ..exceptions import RefundExceedsBalance
from ..models import Payment, Refund
from ..payments.arguments import checked_text
from ..payments.lookup import find_payment
from . import balance as refund_balance
from .execute import execute, finish, lost_its_answer

#: The columns by which ``Payment.refundable`` is worked out.
SUMS = ("amount_received", "amount_refunded", "amount_disputed")


def refund_payment(
    payment: Payment | UUID | str,
    amount: Decimal | int | str | None = None,
    reason: str = "",
    *,
    requested_by: Any = None,
    key: UUID | None = None,
) -> Refund:
    """Give money back, all that is left or a part, and return the refund.

    Outside a transaction Stripe is asked at once, and the refund has Stripe's status. Inside
    one, for example in a receiver, the row and the reservation are written in the caller's
    transaction: rolled back with it, and requested from Stripe right after its commit. The refund
    returned is then still pending, and a refusal is announced as the signal ``refund_failed``. If
    a crash comes between row and call, the sweep (``manage.py stripe_deliver``) makes the call.

    The same call again resumes a refund whose answer was lost; with the same ``key`` it is the
    same refund, whatever became of it.

    Args:
        payment: the payment, its id, or the id of its payment intent ("pi_…").
        amount: in the major unit, exact; None is all that is left.
        reason: one of Refund.Reason, which is sent to Stripe, or the site's own word, up to 64
            characters.
        requested_by: the user who wants it, kept on the row.
        key: the refund's id, chosen by the caller: for a form that may be sent twice.

    Raises:
        PaymentNotFound, InvalidAmount, InvalidMetadata (the reason is not text).
        RefundExceedsBalance: more than was captured and is not refunded or reserved yet.
        StripeCallFailed: Stripe refused, for example ``charge_disputed``; the refund failed,
            and its amount is free again.
        OutcomeUnknown, StripeUnavailable: Stripe did not answer. The refund stays pending and
            is finished by the sweep, or by calling again.
    """
    refund = reserve(find_payment(payment), amount, reason, requested_by=requested_by, key=key)
    if in_transaction():
        transaction.on_commit(lambda: finish(refund), robust=True)
    else:
        refund = execute(refund)
    if isinstance(payment, Payment):
        payment.refresh_from_db(fields=["amount_refunded"])
    return refund


def reserve(
    payment: Payment,
    amount: Decimal | int | str | None,
    reason: str,
    *,
    requested_by: Any = None,
    key: UUID | None = None,
) -> Refund:
    """Do the first half of ``refund_payment``: the row and the reservation, without the call.

    The caller must call ``execute.finish`` or ``execute.execute`` after the commit.
    """
    minor = None if amount is None else money.to_minor(amount, payment.currency)
    reason = checked_text("reason", reason)
    request = (payment, minor, reason[:64], requested_by, key)
    return _earlier(*request) or _reserve(*request)


def _earlier(
    payment: Payment, minor: int | None, reason: str, requested_by: Any, key: UUID | None
) -> Refund | None:
    """Return the refund that this call made before, if it is a repetition."""
    refunds = Refund.objects.filter(payment=payment)
    if key is not None:
        return refunds.filter(pk=key).first()
    if minor is None and payment.refundable:
        return None
    same = refunds.filter(
        stripe_id=None, status=Refund.Status.PENDING, reason=reason, requested_by=requested_by
    )
    if minor is not None:
        same = same.filter(amount=minor)
    return next(filter(lost_its_answer, same.order_by("created_at")), None)


def _reserve(
    payment: Payment, minor: int | None, reason: str, requested_by: Any, key: UUID | None
) -> Refund:
    """Write the row and reserve its amount, in the caller's transaction or in one of its own."""
    try:
        with transaction.atomic():
            return _insert(payment, minor, reason, requested_by, key)
    except IntegrityError:
        # A form that was sent twice: the other process wrote the same key.
        same = Refund.objects.filter(pk=key, payment=payment).first() if key else None
        if same is None:
            raise
        return same


def _insert(
    payment: Payment, minor: int | None, reason: str, requested_by: Any, key: UUID | None
) -> Refund:
    if minor is None:
        refund_balance.lock(payment.pk)
        payment.refresh_from_db(fields=SUMS)
        minor = payment.refundable
    if not minor or not refund_balance.reserve(payment.pk, minor):
        raise _exceeds(payment, minor)
    refund = Refund(
        payment=payment,
        amount=minor,
        currency=payment.currency,
        reason=reason,
        requested_by=requested_by,
        account=payment.account,
        livemode=payment.livemode,
    )
    refund.pk = key or refund.pk
    refund.save(force_insert=True)
    audit.record(
        "refund.created", refund, payment=str(payment.pk), amount=minor, currency=payment.currency
    )
    participants.notify(lambda each: each.refund_created(refund))
    return refund


def _exceeds(payment: Payment, wanted: int) -> RefundExceedsBalance:
    payment.refresh_from_db(fields=SUMS)
    if not payment.refundable:
        return RefundExceedsBalance(_("This payment has nothing left to refund."))
    refundable = money.display(payment.refundable, payment.currency)
    return RefundExceedsBalance(
        _("%(wanted)s is more than the refundable amount of %(left)s.")
        % {"wanted": money.display(wanted, payment.currency), "left": refundable}
    )
