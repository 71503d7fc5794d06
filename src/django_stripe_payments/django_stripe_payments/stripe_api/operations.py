"""Writes to Stripe that are never done twice.

A row is committed before the call, and its id is the idempotency key. A call whose answer was
lost is repeated with the same parameters under the same key: Stripe then answers with what it
did the first time. https://docs.stripe.com/api/idempotent_requests
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..conf import settings
from ..database.transactions import own_transaction, require_no_transaction
from ..exceptions import (
    ConfigurationError,
    OutcomeUnknown,
    ReplayedFailure,
    StripeCallFailed,
    StripePaymentsError,
    StripeUnavailable,
)
from ..models import ApiOperation
from .client import MISSING, translate

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

T = TypeVar("T", bound="stripe.StripeObject")
Call = Callable[[dict[str, Any], Any], T]

#: Stripe forgets a key after 24 hours at the earliest; an hour is kept for clocks and retries.
KEY_LIFETIME = timedelta(hours=23)

#: Seconds that the SDK pauses at the most before it tries again.
LONGEST_PAUSE = 5


def left_behind() -> timedelta:
    """Return how long a call may be on its way: as long as the SDK's tries take together."""
    retries = settings.STRIPE_API_MAX_RETRIES
    # The timeout is one of connecting, and then one of waiting for the answer.
    seconds = (retries + 1) * 2 * settings.STRIPE_API_TIMEOUT + retries * LONGEST_PAUSE
    return timedelta(seconds=seconds)


def perform(
    kind: str,
    target: models.Model | str,
    params: dict[str, Any],
    call: Call[T],
    *,
    find: Callable[[ApiOperation], T | None],
    retry_refused: bool = True,
    harmless: bool = False,
) -> T:
    """Let Stripe do ``kind`` for ``target`` once, and return its object.

    Args:
        kind: what is done, for example "payment_intent.create".
        target: the saved row that it is done for, or the Stripe id of what has no row here.
        params: what to send. A repetition sends what the first try sent.
        call: gets the parameters and the request options.
        find: looks the object up at Stripe when the key of an unanswered call has expired.
        retry_refused: whether a call that Stripe refused may be made again. False where a
            refusal was acted upon, and a second process must not succeed after all.
        harmless: whether a second object beside a first one costs nobody money, so that a key
            under which Stripe only repeats an error of its own may be left for another.

    Raises:
        TransactionInProgress: a transaction is open.
        OutcomeUnknown: the answer was lost; calling again is safe and finishes it.
        StripeUnavailable: Stripe was not reached or limits us; calling again is safe.
        StripeCallFailed: Stripe refused; calling again is a new attempt.
    """
    operation = _open(kind, target, params, retry_refused)
    if operation.status == ApiOperation.Status.SUCCEEDED or _has_expired(operation):
        found = _found(operation, find)
        if found is not None:
            return found
        operation = _next_attempt(operation, params)
    try:
        return _send(operation, call)
    except ReplayedFailure:
        if not harmless:
            raise
    # The key is worn out: for as long as Stripe knows it, it says the same. Nothing was made,
    # or it is found, and one that is made beside it costs nobody anything.
    found = _found(operation, find)
    return found if found is not None else _send(_next_attempt(operation, params), call)


def resolve(
    operation: ApiOperation, call: Call[T] | None, find: Callable[[ApiOperation], T | None]
) -> T | None:
    """Learn how a call of ``unresolved`` ended; return what it made, or None if it made none.

    Within the life of its key Stripe is asked again. Afterwards, without ``call``, and where Stripe
    was too busy for the last try, the object is only looked up: nobody waits for a new one.

    Raises what ``perform`` raises; after StripeCallFailed it is known that Stripe refused.
    """
    require_no_transaction()
    was_put_off = operation.status == ApiOperation.Status.PENDING and operation.error
    if call is not None and not was_put_off and not _has_expired(operation):
        _note_try(operation)
        try:
            return _send(operation, call)
        except ReplayedFailure:
            # Stripe says this for as long as it knows the key; what is there says more.
            pass
    try:
        found = _found(operation, find)
    except StripeCallFailed as error:
        # What it was to change is gone.
        if error.code != MISSING:
            raise
        found = None
    if found is None:
        _close(operation, ApiOperation.Status.FAILED, error="Stripe did not do it.")
    return found


def unresolved() -> QuerySet[ApiOperation]:
    """Return the operations of which nobody knows how they ended, or to which nobody came back."""
    latest = timezone.now() - left_behind()
    # A process died in the middle of its call; or Stripe was too busy, and that was that.
    left = Q(status=ApiOperation.Status.PENDING, updated_at__lte=latest)
    return ApiOperation.objects.filter(Q(status=ApiOperation.Status.UNKNOWN) | left)


def is_under_way(kind: str, target: models.Model) -> bool:
    """Whether Stripe was asked for it, and has not refused."""
    last = _last(kind, name_of(target))
    return last is not None and last.status != ApiOperation.Status.FAILED


def name_of(target: models.Model | str) -> str:
    """Return the ``target`` of its operations."""
    return target if isinstance(target, str) else f"{target._meta.model_name}:{target.pk}"


def _last(kind: str, label: str) -> ApiOperation | None:
    return ApiOperation.objects.filter(kind=kind, target=label).order_by("-attempt").first()


def last_attempt(kind: str, target: models.Model) -> ApiOperation | None:
    """Return what was last tried of ``kind`` for ``target``."""
    return _last(kind, name_of(target))


def _open(
    kind: str, target: models.Model | str, params: dict[str, Any], retry_refused: bool
) -> ApiOperation:
    """Return the operation to go on with: the last one unless it failed for good, or a new one."""
    require_no_transaction()
    label = name_of(target)
    last = _last(kind, label)
    if last is not None and last.status != ApiOperation.Status.FAILED:
        if last.status != ApiOperation.Status.SUCCEEDED:
            _note_try(last)
        return last
    if last is not None and not retry_refused:
        raise StripeCallFailed(last.error)
    return _create(kind, label, last.attempt + 1 if last else 1, params)


def _note_try(operation: ApiOperation) -> None:
    """Let others see that the call is on its way once more: see ``unresolved``."""
    ApiOperation.objects.filter(pk=operation.pk).update(updated_at=timezone.now())


def _next_attempt(operation: ApiOperation, params: dict[str, Any]) -> ApiOperation:
    # The new one first: another process must never find a failed attempt as the last one.
    following = _create(operation.kind, operation.target, operation.attempt + 1, params)
    _close(operation, ApiOperation.Status.FAILED, error="Stripe has no such object.")
    return following


def _create(kind: str, target: str, attempt: int, params: dict[str, Any]) -> ApiOperation:
    with own_transaction():
        # Whoever comes second gets the first one's row, and with it the same key.
        operation, _created = ApiOperation.objects.get_or_create(
            kind=kind, target=target, attempt=attempt, defaults={"params": params}
        )
    return operation


def _found(operation: ApiOperation, find: Callable[[ApiOperation], T | None]) -> T | None:
    found = find(operation)
    if found is not None:
        _close(operation, ApiOperation.Status.SUCCEEDED, stripe_id=str(found["id"]))
    return found


def _has_expired(operation: ApiOperation) -> bool:
    return timezone.now() - operation.created_at > KEY_LIFETIME


def _send(operation: ApiOperation, call: Call[T]) -> T:
    import stripe

    try:
        result = call(operation.params, {"idempotency_key": operation.idempotency_key})
    except stripe.StripeError as error:
        ours = translate(error)
        _close(operation, _status_after(ours), error=str(ours), request_id=error.request_id or "")
        raise ours from error
    response = result.last_response
    _close(
        operation,
        ApiOperation.Status.SUCCEEDED,
        stripe_id=str(result["id"]),
        request_id=(response.request_id or "") if response else "",
    )
    return result


def _status_after(error: StripePaymentsError) -> ApiOperation.Status:
    if isinstance(error, OutcomeUnknown):
        return ApiOperation.Status.UNKNOWN
    # This try did nothing; an earlier one of the SDK's may have, so that the key stays in use.
    if isinstance(error, StripeUnavailable | ConfigurationError):
        return ApiOperation.Status.PENDING
    return ApiOperation.Status.FAILED


def _close(operation: ApiOperation, status: ApiOperation.Status, **changes: str) -> None:
    # A process that shares the key may have had the answer already; nothing takes that back.
    stronger = [ApiOperation.Status.SUCCEEDED]
    if status == ApiOperation.Status.PENDING:  # which says nothing of a try whose answer was lost
        stronger.append(ApiOperation.Status.UNKNOWN)
    ApiOperation.objects.filter(pk=operation.pk).exclude(status__in=stronger).update(
        status=status, updated_at=timezone.now(), **changes
    )
    logger.info(
        "Stripe operation %s: %s",
        operation,
        status.value,
        extra={"operation": str(operation.pk), "stripe_request_id": changes.get("request_id", "")},
    )
