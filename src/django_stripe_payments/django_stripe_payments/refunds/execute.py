"""Ask Stripe for refunds that are reserved, until each of them has its answer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .. import clock
from ..exceptions import StripeCallFailed, StripePaymentsError
from ..logs.redaction import redacted_traceback
from ..models import ApiOperation, Refund
from ..stripe_api import attempts, calls, operations
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import find_by_metadata
from ..stripe_api.operations import Resolution
from . import apply as refund_apply
from .apply import REFUND_KEY

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)


def execute(refund: Refund) -> Refund:
    """Have Stripe make a refund that is reserved, apply the answer, and return the current row.

    Safe to repeat after any failure, and by several processes at once: it ends in one refund.
    Raises what ``refunds.refund_payment`` raises.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund.pk)
    if refund.stripe_id or refund.status != Refund.Status.PENDING:
        return refund
    return calls.perform(CREATE, refund, _params(refund))


def finish(refund: Refund) -> bool:
    """Execute a refund, log any error, and return whether the refund has its answer."""
    try:
        execute(refund)
    except StripeCallFailed as error:
        logger.warning("Stripe refused refund %s: %s", refund.pk, error, extra=_named(refund))
        return True
    except StripePaymentsError as error:
        logger.warning("Refund %s stays pending: %s", refund.pk, error, extra=_named(refund))
        return False
    except Exception as error:
        text = redacted_traceback(error)
        logger.error("Refund %s stays pending\n%s", refund.pk, text, extra=_named(refund))
        return False
    return True


def finish_left_behind(*, only_due: bool = True) -> Iterator[bool]:
    """Finish each refund that was reserved and never answered; yield the result of ``finish``.

    Those that were tried last come last: one whose try ended its process delays no other.

    Args:
        only_due: leave out refunds that another process may be working on.
    """
    tried_at, on_its_way = attempts.last_tries(CREATE.kind)
    waiting = Refund.objects.filter(stripe_id=None, status=Refund.Status.PENDING)
    if only_due:
        waiting = waiting.filter(created_at__lte=clock.now() - attempts.left_behind())
    refunds = {attempts.name_of(refund): refund for refund in waiting.order_by("created_at")}
    # The sort is stable: what was never tried stays in the order of its reservations.
    for name in sorted(refunds, key=lambda name: tried_at.get(name, 0.0)):
        if not (only_due and name in on_its_way):
            yield finish(refunds[name])


def lost_its_answer(refund: Refund) -> bool:
    """Whether the call ended without an answer, rather than being on its way now."""
    if refund.created_at <= clock.now() - attempts.left_behind():
        return True
    last = attempts.last_attempt(CREATE.kind, refund)
    return last is not None and bool(last.error)


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


def _call(_refund: Refund, params: Any, options: Any) -> stripe.Refund:
    return get_client().v1.refunds.create(params, options)


def _find(refund: Refund, attempt: ApiOperation) -> stripe.Refund | None:
    service = get_client().v1.refunds
    if refund.stripe_id:
        with translated_errors():
            return service.retrieve(refund.stripe_id)
    created: stripe.Refund | None = find_by_metadata(
        attempt, service, REFUND_KEY, filters=("payment_intent",)
    )
    return created


def _settle(refund: Refund, created: stripe.Refund) -> Refund:
    refund_apply.apply(created.to_dict())
    refund.refresh_from_db()
    return refund


def _refused(refund: Refund, error: StripeCallFailed) -> None:
    """Free what the refund reserved."""
    if not refund_apply.void(refund, error.code or str(error)):
        return
    try:
        # Stripe may know of refunds that we have not heard of: for example, nothing was left.
        refund_apply.sync(str(refund.payment.stripe_id))
    except StripePaymentsError as problem:
        text = "Refunds of payment %s are not up to date: %s"
        logger.info(text, refund.payment_id, problem, extra=_named(refund))


def _resolution(refund: Refund, _attempt: ApiOperation) -> Resolution:
    is_waiting = refund.stripe_id is None and refund.status == Refund.Status.PENDING
    return Resolution.FINISH if is_waiting else Resolution.LOOK_UP


CREATE = operations.register(
    operations.Operation(
        kind="refund.create",
        model=Refund,
        call=_call,
        find=_find,
        settle=_settle,
        refused=_refused,
        resolution=_resolution,
        # The refusal freed the amount, which may have been refunded again since.
        retry_refused=False,
    )
)
