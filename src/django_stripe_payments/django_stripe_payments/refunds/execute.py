"""Asking Stripe for refunds that are reserved, until each of them has its answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ..exceptions import StripeCallFailed, StripePaymentsError
from ..models import ApiOperation, Refund
from ..stripe_api import marks, operations
from ..stripe_api.client import get_client
from . import apply as refund_apply
from .apply import REFUND_KEY

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

KIND = "refund.create"


def execute(refund: Refund) -> Refund:
    """Let Stripe make a refund that is reserved, apply the answer, and return it as it is then.

    Safe to repeat after any failure, and by several processes at once: it ends in one refund.
    Raises what ``refunds.refund_payment`` raises.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund.pk)
    if refund.stripe_id or refund.status != Refund.Status.PENDING:
        return refund
    try:
        answer = operations.perform(
            KIND, refund, _params(refund), _create, find=_find, retry_refused=False
        )
    except StripeCallFailed as error:
        _refused(refund, error)
        raise
    refund_apply.apply(answer.to_dict())
    refund.refresh_from_db()
    return refund


def finish(refund: Refund) -> bool:
    """Execute a refund and report no error to a caller who has nothing to do with it.

    Returns whether nothing is left to be done for it.
    """
    try:
        execute(refund)
    except StripeCallFailed as error:
        logger.warning("Stripe refused refund %s: %s", refund.pk, error, extra=_named(refund))
        return True
    except StripePaymentsError as error:
        logger.warning("Refund %s stays pending: %s", refund.pk, error, extra=_named(refund))
        return False
    except Exception:
        logger.exception("Refund %s stays pending", refund.pk, extra=_named(refund))
        return False
    return True


def finish_left_behind(*, only_due: bool = True) -> Iterator[bool]:
    """Finish each refund that was reserved and never answered; yield how it went.

    Args:
        only_due: leave alone what another process may be about to do.
    """
    waiting = Refund.objects.filter(stripe_id=None, status=Refund.Status.PENDING)
    if only_due:
        waiting = waiting.filter(created_at__lte=timezone.now() - operations.left_behind())
    for refund in list(waiting.order_by("created_at")):
        yield finish(refund)


def lost_its_answer(refund: Refund) -> bool:
    """Whether the call ended without an answer, rather than being on its way just now."""
    if refund.created_at <= timezone.now() - operations.left_behind():
        return True
    last = operations.last_attempt(KIND, refund)
    return last is not None and bool(last.error)


def _refused(refund: Refund, error: StripeCallFailed) -> None:
    if not refund_apply.void(refund, error.code or str(error)):
        return
    try:
        # Stripe may know of refunds that we have not heard of: nothing was left, for example.
        refund_apply.sync(str(refund.payment.stripe_id))
    except StripePaymentsError as problem:
        text = "Refunds of payment %s are not up to date: %s"
        logger.info(text, refund.payment_id, problem, extra=_named(refund))


def _named(refund: Refund) -> dict[str, str]:
    """Return how a line of the log names a refund: see ``logs.KEYS``."""
    return {"refund": str(refund.pk), "payment": str(refund.payment_id)}


def _params(refund: Refund) -> dict[str, Any]:
    params: dict[str, Any] = {
        "payment_intent": refund.payment.stripe_id,
        "amount": refund.amount,
        "metadata": {REFUND_KEY: str(refund.pk)},
    }
    if refund.reason in Refund.Reason.values:
        params["reason"] = refund.reason
    elif refund.reason:
        params["metadata"]["reason"] = refund.reason
    return params


def _create(params: dict[str, Any], options: Any) -> stripe.Refund:
    return get_client().v1.refunds.create(params, options)  # type: ignore[arg-type]


def _find(operation: ApiOperation) -> stripe.Refund | None:
    found: stripe.Refund | None = marks.find_marked(
        operation, get_client().v1.refunds, REFUND_KEY, by=("payment_intent",)
    )
    return found
