"""Calls of ours whose answer was lost: repeated, or looked up when that is too late."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from ..exceptions import OutcomeUnknown, StripeCallFailed
from ..models import ApiOperation, SyncFinding
from ..refunds import execute as refund_execute
from ..stripe_api import attempts, calls, operations
from .sync import Fix, Sync

KIND = "operation"


def resolve_all(sync: Sync) -> None:
    """Resolve every call with an unknown outcome; then make the refunds that got no answer."""
    for attempt in sync.rows(attempts.unresolved()):
        sync.count(KIND, "unknown")
        _repair(sync, attempt)
    # A refund may be reserved before its call has a row.
    list(refund_execute.finish_left_behind())


def resolve_again(sync: Sync) -> None:
    """Resolve what this run could not: the steps after it may have found what the calls did.

    Otherwise the next run would still have to write that down.
    """
    left = sync.run.findings.filter(kind=KIND, outcome=SyncFinding.Outcome.NEEDS_REVIEW)
    keys = [UUID(key) for key in left.values_list("object_id", flat=True)]
    for attempt in attempts.unresolved().filter(pk__in=keys):
        _repair(sync, attempt)


def _repair(sync: Sync, attempt: ApiOperation) -> None:
    sync.repair(KIND, str(attempt.pk), "unknown", _resolve(attempt), detail=str(attempt))


def _resolve(unresolved: ApiOperation) -> Fix:
    def fix() -> str:
        attempt = attempts.unresolved().filter(pk=unresolved.pk).first()
        if attempt is None:  # its own process returned to it
            return ""
        operation = operations.declaration_of(attempt)
        if operation is None:
            return f"{attempt}: no installed app declares this operation; check it by hand."
        try:
            calls.resolve(operation, attempt)
        except OutcomeUnknown:
            return f"{attempt} has no answer yet; the next run asks again."
        except ObjectDoesNotExist:
            return f"{attempt}: its row is gone; check it by hand."
        except StripeCallFailed as error:
            attempt.refresh_from_db()
            # A refusal of the call is an outcome; a refusal of the look-up is none.
            return "" if attempt.status == ApiOperation.Status.FAILED else str(error)
        return ""

    return fix
