"""Apply every fraud rule to a payment, and act on the strictest verdict."""

from __future__ import annotations

import logging

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .. import audit
from ..conf import settings
from ..database.transactions import require_no_transaction
from ..exceptions import PaymentDenied
from ..limits import amounts as limits
from ..logs.redaction import redacted_traceback
from ..models import Payment
from .verdicts import Decision, PaymentContext, Verdict, review

logger = logging.getLogger(__name__)

#: Characters of ``Payment.review_reason``.
MAX_REASON = 255


def assess(payment: Payment) -> None:
    """Set what the rules decide on a payment that is not saved yet.

    Raises:
        PaymentDenied: a rule denies it; the message is for the customer.
        TransactionInProgress: a transaction is open, whose rollback would undo the audit entry.
    """
    verdicts = _verdicts(payment)
    payment.review_reason = _review_reason(verdicts)
    payment.three_d_secure = limits.exceeds(
        payment.amount, payment.currency, settings.STRIPE_THREE_D_SECURE_THRESHOLD
    ) or any(verdict.decision is Decision.THREE_D_SECURE for verdict in verdicts)


def reassess(payment: Payment) -> None:
    """Apply the rules again to a payment that the customer resumes.

    A denial stops it, and a reason for a review is stored. 3-D Secure is not changed any more: it
    was decided when the intent was created. Raises what ``assess`` raises.
    """
    reason = _review_reason(_verdicts(payment))
    if reason:
        Payment.objects.filter(pk=payment.pk, review_reason="").update(review_reason=reason)


def _verdicts(payment: Payment) -> list[Verdict]:
    paths = settings.STRIPE_FRAUD_RULES
    if not paths:
        return []
    require_no_transaction()
    context = PaymentContext(payment, audit.current_actor().address)
    verdicts = []
    for path in paths:
        verdict = _ask(path, context)
        if verdict.decision is Decision.DENY:
            raise _denial(path, verdict, payment)
        verdicts.append(verdict)
    return verdicts


def _ask(path: str, context: PaymentContext) -> Verdict:
    """Return the rule's verdict; if the rule fails, the payment continues and is reviewed."""
    try:
        verdict = import_string(path)(context)
    except Exception as error:
        text = redacted_traceback(error)
        logger.error("Fraud rule %s failed\n%s", path, text, extra=_log_keys(context.payment))
        return review(f"{path} failed")
    if not isinstance(verdict, Verdict):
        text = "Fraud rule %s returned %r, which is not a verdict"
        logger.error(text, path, verdict, extra=_log_keys(context.payment))
        return review(f"{path} returned no verdict")
    return verdict


def _denial(path: str, verdict: Verdict, payment: Payment) -> PaymentDenied:
    audit.record(
        "payment.denied",
        payment,
        rule=path,
        reason=verdict.reason,
        amount=payment.amount,
        currency=payment.currency,
        type=payment.payment_type,
        user=None if payment.user_id is None else str(payment.user_id),
    )
    logger.warning("%s denied a payment: %s", path, verdict.reason, extra=_log_keys(payment))
    return PaymentDenied(verdict.message or _("We can't accept this payment. Please contact us."))


def _log_keys(payment: Payment) -> dict[str, str]:
    """Return the log's keys of a payment, which may not be saved yet."""
    return {"payment": str(payment.pk), "payment_intent": payment.stripe_id or ""}


def _review_reason(verdicts: list[Verdict]) -> str:
    reasons = [item.reason for item in verdicts if item.decision is Decision.REVIEW]
    return "; ".join(reasons)[:MAX_REASON]
