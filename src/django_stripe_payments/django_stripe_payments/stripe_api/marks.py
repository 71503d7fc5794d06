"""Objects at Stripe that carry the id of a row of ours in their metadata."""

from __future__ import annotations

from typing import Any

from ..models import ApiOperation
from .client import translated_errors

#: Seconds by which Stripe's clock may be behind ours.
CLOCK_SLACK = 60


def find_marked(operation: ApiOperation, service: Any, mark: str, *, by: tuple[str, ...]) -> Any:
    """Return what an operation made, or None: by its id, or by the id of ours in its metadata.

    Args:
        operation: the call that made it.
        service: the SDK's service of that kind of object.
        mark: the key of its metadata that holds the id of ours.
        by: parameters of the call by which Stripe can narrow its list down.
    """
    with translated_errors():
        # First, as an operation that was answered may have lost its parameters by age.
        if operation.stripe_id:
            return service.retrieve(operation.stripe_id)
        params = operation.params
        wanted = {name: params[name] for name in by if name in params}
        since = int(operation.created_at.timestamp()) - CLOCK_SLACK
        listed = service.list({**wanted, "created": {"gte": since}, "limit": 100})
        for candidate in listed.auto_paging_iter():
            theirs = candidate.metadata
            if theirs and getattr(theirs, mark, None) == params["metadata"][mark]:
                return candidate
    return None
