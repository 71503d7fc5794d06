"""The rows behind writes to Stripe: committed before the call, closed by its outcome.

A row's id is the idempotency key. A call whose answer was lost is repeated with the same
parameters under the same key, and Stripe answers with what it did the first time.
https://docs.stripe.com/api/idempotent_requests
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, Q, QuerySet

from .. import clock
from ..conf import settings
from ..database.transactions import own_transaction
from ..exceptions import (
    ConfigurationError,
    OutcomeUnknown,
    StripePaymentsError,
    StripeUnavailable,
)
from ..models import ApiOperation
from .client import translate

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

Status = ApiOperation.Status
Result = TypeVar("Result", bound="stripe.StripeObject")

#: Stripe forgets a key after 24 hours at the earliest; the hour covers clocks and retries.
KEY_LIFETIME = timedelta(hours=23)

#: The longest pause of the SDK between two tries, in seconds.
LONGEST_PAUSE = 5


def left_behind() -> timedelta:
    """Return how long a call can be on its way: the time of all the SDK's tries together."""
    retries = settings.STRIPE_API_MAX_RETRIES
    # The timeout applies to connecting, and then again to waiting for the answer.
    seconds = (retries + 1) * 2 * settings.STRIPE_API_TIMEOUT + retries * LONGEST_PAUSE
    return timedelta(seconds=seconds)


def unresolved() -> QuerySet[ApiOperation]:
    """Return the calls with an unknown outcome, and those that their process abandoned."""
    latest = clock.now() - left_behind()
    # The process died during the call, or Stripe was busy and nothing tried again.
    abandoned = Q(status=Status.PENDING, updated_at__lte=latest)
    return ApiOperation.objects.filter(Q(status=Status.UNKNOWN) | abandoned)


def name_of(target: Model | str) -> str:
    """Return how the rows name ``target``: "payment:<key>", or a Stripe id as it is."""
    return target if isinstance(target, str) else f"{target._meta.model_name}:{target.pk}"


def last_attempt(kind: str, target: Model | str) -> ApiOperation | None:
    """Return the most recent attempt of ``kind`` for ``target``."""
    attempts = ApiOperation.objects.filter(kind=kind, target=name_of(target))
    return attempts.order_by("-attempt").first()


def last_tries(kind: str) -> tuple[dict[str, float], set[str]]:
    """Return when each unanswered call of ``kind`` was last tried, and which may be on their way.

    Both name the targets; the times are seconds since 1970.
    """
    unanswered = ApiOperation.objects.filter(kind=kind, status__in=(Status.PENDING, Status.UNKNOWN))
    tries = list(unanswered.values_list("target", "updated_at", "status", "error"))
    latest = clock.now() - left_behind()
    # A try that ended has left an error.
    on_its_way = {
        target
        for target, at, status, error in tries
        if status == Status.PENDING and not error and at > latest
    }
    return {target: at.timestamp() for target, at, _status, _error in tries}, on_its_way


def create(
    kind: str, target: Model | str, params: dict[str, Any], *, number: int = 1
) -> ApiOperation:
    """Return the attempt with this number, committed; an existing one keeps its parameters."""
    with own_transaction():
        # The second process gets the row of the first one, and with it the same key.
        attempt, _created = ApiOperation.objects.get_or_create(
            kind=kind, target=name_of(target), attempt=number, defaults={"params": params}
        )
    return attempt


def next_attempt(attempt: ApiOperation, params: dict[str, Any]) -> ApiOperation:
    """Return a new attempt, with a new key, in the place of one that changed nothing."""
    # The new one first: another process must never find a failed attempt as the last one.
    following = create(attempt.kind, attempt.target, params, number=attempt.attempt + 1)
    close(attempt, Status.FAILED, error="Stripe has no such object.")
    return following


def mark_in_progress(attempt: ApiOperation) -> None:
    """Show other processes that the call is on its way again: see ``unresolved``."""
    ApiOperation.objects.filter(pk=attempt.pk).update(updated_at=clock.now())


def has_expired(attempt: ApiOperation) -> bool:
    """Whether Stripe may have forgotten the key."""
    return clock.now() - attempt.created_at > KEY_LIFETIME


def was_put_off(attempt: ApiOperation) -> bool:
    """Whether the last try certainly did nothing, because Stripe was busy or refused our key."""
    return attempt.status == Status.PENDING and bool(attempt.error)


def send(attempt: ApiOperation, call: Callable[[dict[str, Any], Any], Result]) -> Result:
    """Make the call, and close the attempt by its outcome. Raises our errors."""
    import stripe

    try:
        result = call(attempt.params, {"idempotency_key": attempt.idempotency_key})
    except stripe.StripeError as error:
        ours = translate(error)
        close(attempt, _status_after(ours), error=str(ours), request_id=error.request_id or "")
        raise ours from error
    response = result.last_response
    close(
        attempt,
        Status.SUCCEEDED,
        stripe_id=str(result["id"]),
        request_id=(response.request_id or "") if response else "",
    )
    return result


def close(attempt: ApiOperation, status: ApiOperation.Status, **changes: str) -> None:
    """Write the outcome, unless a stronger one is known."""
    # A process that shares the key may have had the answer already; nothing takes that back.
    stronger = [Status.SUCCEEDED]
    if status == Status.PENDING:  # says nothing about an earlier try whose answer was lost
        stronger.append(Status.UNKNOWN)
    ApiOperation.objects.filter(pk=attempt.pk).exclude(status__in=stronger).update(
        status=status, updated_at=clock.now(), **changes
    )
    logger.info(
        "Stripe operation %s: %s",
        attempt,
        status.value,
        extra={"operation": str(attempt.pk), "stripe_request_id": changes.get("request_id", "")},
    )


def _status_after(error: StripePaymentsError) -> ApiOperation.Status:
    if isinstance(error, OutcomeUnknown):
        return Status.UNKNOWN
    # This try did nothing, but an earlier one of the SDK may have: the key stays in use.
    if isinstance(error, StripeUnavailable | ConfigurationError):
        return Status.PENDING
    return Status.FAILED
