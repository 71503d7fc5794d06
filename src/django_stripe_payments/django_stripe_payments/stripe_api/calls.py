"""Perform writes to Stripe, each exactly once, and resolve those whose answer was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from ..database.transactions import require_no_transaction
from ..exceptions import ReplayedFailure, StripeCallFailed
from ..models import ApiOperation
from . import attempts
from .client import MISSING
from .operations import Operation, Resolution, Target

if TYPE_CHECKING:
    import stripe

Status = ApiOperation.Status

Result = TypeVar("Result", bound="stripe.StripeObject")
Settled = TypeVar("Settled")


def perform(
    operation: Operation[Target, Result, Settled],
    target: Target,
    params: dict[str, Any],
    *,
    variant: str = "",
) -> Settled:
    """Do ``operation`` for ``target`` once, and return what its ``settle`` returns.

    Args:
        operation: the declaration.
        target: the saved row, or the Stripe id.
        params: what to send. A repetition sends what the first try sent.
        variant: tells this write from others of its kind for the same target; kind and variant
            have 63 characters together. The same write again returns what the first one did,
            for as long as ``find`` finds it.

    Raises:
        TransactionInProgress: a transaction is open.
        OutcomeUnknown: the answer was lost; calling again is safe and finishes it.
        StripeUnavailable: Stripe was not reached or limits us; calling again is safe.
        StripeCallFailed: Stripe refused; calling again is a new attempt.
    """
    require_no_transaction()
    kind = f"{operation.kind} {variant}".strip()
    attempt = _open(operation, kind, target, params)
    return operation.settle(target, _finish(operation, target, attempt, params))


def resolve(operation: Operation[Target, Any, Any], attempt: ApiOperation) -> bool:
    """Learn how a call of ``attempts.unresolved`` ended, and settle it; return whether it did it.

    Raises what ``perform`` raises. After StripeCallFailed the attempt has failed if Stripe
    refused the call, and is as unresolved as before if Stripe refused the look-up.
    """
    require_no_transaction()
    target = operation.target_of(attempt)
    try:
        result = _learn(operation, target, attempt)
        problem = "Stripe did not do it."
    except StripeCallFailed as error:
        if error.code != MISSING:
            raise
        result, problem = None, str(error)  # the object to change is gone
    if result is None:
        attempts.close(attempt, Status.FAILED, error=problem)
        return False
    operation.settle(target, result)
    return True


def is_under_way(operation: Operation[Target, Any, Any], target: Target) -> bool:
    """Whether Stripe was asked for it, and has not refused."""
    last = attempts.last_attempt(operation.kind, target)
    return last is not None and last.status != Status.FAILED


def _open(
    operation: Operation[Target, Any, Any], kind: str, target: Target, params: dict[str, Any]
) -> ApiOperation:
    """Return the attempt to work on: the last one unless it failed for good, or a new one."""
    last = attempts.last_attempt(kind, target)
    if last is None:
        return attempts.create(kind, target, params)
    if last.status != Status.FAILED:
        if last.status != Status.SUCCEEDED:
            attempts.mark_in_progress(last)
        return last
    if not operation.retry_refused:
        # The process that heard the refusal may have died before it wrote what that means.
        error = StripeCallFailed(last.error)
        operation.refused(target, error)
        raise error
    return attempts.create(kind, target, params, number=last.attempt + 1)


def _finish(
    operation: Operation[Target, Result, Any],
    target: Target,
    attempt: ApiOperation,
    params: dict[str, Any],
) -> Result:
    """Return what Stripe did, now or before, under this attempt's key or under a new one."""
    if attempt.status == Status.SUCCEEDED or attempts.has_expired(attempt):
        result = _look_up(operation, target, attempt)
        if result is not None:
            return result
        attempt = attempts.next_attempt(attempt, params)
    try:
        return _send(operation, target, attempt)
    except ReplayedFailure:
        # This key keeps returning the same error until Stripe forgets it. Stripe may have done
        # it all the same.
        result = _look_up(operation, target, attempt)
        if result is not None:
            return result
        if not operation.duplicate_is_harmless:
            raise
    # Either nothing was made, or a second object does no harm.
    return _send(operation, target, attempts.next_attempt(attempt, params))


def _learn(
    operation: Operation[Target, Result, Any], target: Target, attempt: ApiOperation
) -> Result | None:
    """Return what an unresolved call did, or None."""
    resolution = operation.resolution(target, attempt)
    if resolution is Resolution.FINISH:
        attempts.mark_in_progress(attempt)
        return _finish(operation, target, attempt, attempt.params)
    is_usable = not attempts.has_expired(attempt) and not attempts.was_put_off(attempt)
    if is_usable and resolution is Resolution.ASK_AGAIN:
        attempts.mark_in_progress(attempt)
        try:
            return _send(operation, target, attempt)
        except ReplayedFailure:
            # Stripe repeats this until it forgets the key; the object itself says more.
            pass
    return _look_up(operation, target, attempt)


def _send(
    operation: Operation[Target, Result, Any], target: Target, attempt: ApiOperation
) -> Result:
    try:
        return attempts.send(
            attempt, lambda params, options: operation.call(target, params, options)
        )
    except StripeCallFailed as error:
        operation.refused(target, error)
        raise


def _look_up(
    operation: Operation[Target, Result, Any], target: Target, attempt: ApiOperation
) -> Result | None:
    result = operation.find(target, attempt)
    if result is not None:
        attempts.close(attempt, Status.SUCCEEDED, stripe_id=str(result["id"]))
    return result
