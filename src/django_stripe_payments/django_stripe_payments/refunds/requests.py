"""A customer asks for a refund; the policy answers, or a person does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from .. import audit, clock, money
from ..database.transactions import own_transaction
from ..exceptions import RefundExceedsBalance, RefundNotAllowed
from ..facts import store as fact_store
from ..models import Payment, Refund, RefundRequest
from ..payments.lookup import find_payment
from . import balance as refund_balance
from .create import reserve
from .execute import finish
from .policy import RefundOffer, get_policy

#: Who has it approves and rejects.
DECIDE = "django_stripe_payments.decide_refundrequest"

Status = RefundRequest.Status


def offer_to(user: Any, payment: Payment) -> RefundOffer:
    """Return what the user may ask for now.

    Raises RefundNotAllowed, with a message for the user.
    """
    offer = get_policy()(user, payment)
    _check_none_waits(payment)
    return offer


def can_be_asked_for(user: Any, payment: Payment) -> bool:
    """Whether it makes sense to show the user a link to the form."""
    try:
        offer_to(user, payment)
    except RefundNotAllowed:
        return False
    return True


def ask(
    user: Any,
    payment: Payment | UUID | str,
    amount: Decimal | int | str | None = None,
    message: str = "",
    *,
    key: UUID | None = None,
) -> RefundRequest:
    """Ask for a refund on behalf of a customer, and return the request.

    Where the policy needs no approval, the money is on its way when this returns: the
    request is approved, and ``refund`` is its refund, pending if Stripe did not answer.

    Args:
        user: who asks.
        payment: the payment, its id, or the id of its payment intent.
        amount: in the major unit, exact; None is all that the policy allows.
        message: the customer's words, at most 2,000 characters.
        key: the request's id, chosen by the caller: for a form that may be sent twice.

    Raises:
        RefundNotAllowed: with a message for the customer; one request waits at a time.
        InvalidAmount, PaymentNotFound, TransactionInProgress.
    """
    payment = find_payment(payment)
    if same := made_before(user, payment, key):
        return same
    offer = get_policy()(user, payment)
    request = RefundRequest(payment=payment, requested_by=user, message=message[:2000])
    request.pk = key or request.pk
    request.amount = _wanted(payment, amount, offer)
    with own_transaction():
        refund_balance.lock(payment.pk)
        if same := made_before(user, payment, key):
            return same
        _check_none_waits(payment)
        if offer.needs_approval:
            _put_before_staff(request)
        else:
            _grant_at_once(request)
    return _finished(request)


def made_before(user: Any, payment: Payment, key: UUID | None) -> RefundRequest | None:
    """Return the request that the user made under this key, if there is one."""
    if key is None:
        return None
    mine = RefundRequest.objects.filter(payment=payment, requested_by=user.pk)
    return mine.select_related("refund").filter(pk=key).first()


def approve(request: RefundRequest, by: Any, note: str = "") -> RefundRequest:
    """Make the refund that a customer asked for, and return the request as it is then.

    Its ``refund`` is pending if Stripe did not answer, and failed if Stripe refused; the
    signals of refunds tell the rest.

    Raises:
        PermissionDenied: ``by`` lacks the permission ``decide_refundrequest``.
        RefundNotAllowed: the request was decided already.
        RefundExceedsBalance: so much is not left any more; the request still waits.
        TransactionInProgress: a transaction is open.
    """
    _check_may_decide(by)
    with own_transaction():
        _decide(request, Status.APPROVED, by, note)
        refund = _reserve(request)
        RefundRequest.objects.filter(pk=request.pk).update(refund=refund)
        audit.record("refund_request.approved", request, refund=str(refund.pk))
    request.refresh_from_db()
    return _finished(request)


def reject(request: RefundRequest, by: Any, note: str = "") -> RefundRequest:
    """Refuse what a customer asked for; ``note`` is for the customer.

    Raises PermissionDenied, RefundNotAllowed, TransactionInProgress as ``approve`` does.
    """
    _check_may_decide(by)
    with own_transaction():
        _decide(request, Status.REJECTED, by, note)
        fact = fact_store.make("refund_request_rejected", request)
        fact_store.store([fact])
        audit.record("refund_request.rejected", request)
    request.refresh_from_db()
    return _finished(request)


def _check_none_waits(payment: Payment) -> None:
    if RefundRequest.objects.filter(open_for=payment).exists():
        raise RefundNotAllowed(
            _("You have already requested a refund. We will let you know the outcome.")
        )


def _check_may_decide(by: Any) -> None:
    if not by.has_perm(DECIDE):
        msg = f"{by} may not decide about refund requests: {DECIDE} is missing."
        raise PermissionDenied(msg)


def _wanted(payment: Payment, amount: Decimal | int | str | None, offer: RefundOffer) -> int:
    if amount is None:
        return offer.amount
    minor = money.to_minor(amount, payment.currency)
    if minor > offer.amount:
        most = money.display(offer.amount, payment.currency)
        raise RefundNotAllowed(_("At most %(most)s can be refunded.") % {"most": most})
    return minor


def _put_before_staff(request: RefundRequest) -> None:
    request.open_for = request.payment
    request.save(force_insert=True)
    fact = fact_store.make("refund_requested", request)
    fact_store.store([fact])
    audit.record("refund_request.created", request, amount=request.amount)


def _grant_at_once(request: RefundRequest) -> None:
    try:
        request.refund = _reserve(request)
    except RefundExceedsBalance as error:
        raise RefundNotAllowed(str(error)) from error
    request.status = Status.APPROVED
    request.decided_at = clock.now()
    request.save(force_insert=True)
    audit.record("refund_request.granted", request, refund=str(request.refund.pk))


def _decide(request: RefundRequest, status: Status, by: Any, note: str) -> None:
    """Note the decision unless there is one; of two people who decide, one is first."""
    refund_balance.lock(request.payment_id)
    waiting = RefundRequest.objects.filter(pk=request.pk, status=Status.PENDING)
    decision = {"decided_by": by, "decided_at": clock.now(), "decision_note": note}
    if not waiting.update(status=status, open_for=None, **decision):
        raise RefundNotAllowed(_("This request has already been decided."))


def _reserve(request: RefundRequest) -> Refund:
    # The request's id is the refund's: whatever is repeated, it is one refund.
    return reserve(
        request.payment,
        money.to_decimal(request.amount, request.payment.currency),
        Refund.Reason.REQUESTED_BY_CUSTOMER,
        requested_by=request.requested_by,
        key=request.pk,
    )


def _finished(request: RefundRequest) -> RefundRequest:
    """Make the refund that the request led to, after the commit."""
    if request.refund is not None:
        finish(request.refund)
        request.refund.refresh_from_db()
    return request
