"""Find objects at Stripe, and read what they refer to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from ..exceptions import NotAccessible
from ..models import ApiOperation
from .client import translated_errors

logger = logging.getLogger(__name__)

#: By how much our clock may have been ahead of Stripe's. A machine that takes local time for UTC
#: is ahead by 14 hours at most; further off, no certificate and no signature would be valid.
CLOCK_SLACK = timedelta(days=2)


def id_of(value: Any) -> str:
    """Return the id of what Stripe gave as an id, as an object, or not at all ("")."""
    return str(value["id"]) if isinstance(value, Mapping) else str(value or "")


def intent_id(about: Mapping[str, Any]) -> str:
    """Return the id of the payment intent that a charge, refund, dispute or warning is about."""
    return id_of(about.get("payment_intent"))


def fetch_if_allowed(
    fetch: Callable[[str], Mapping[str, Any]], stripe_id: str
) -> Mapping[str, Any] | None:
    """Return what ``fetch`` returns; None if it is gone, or if the key may not read it.

    What an event said is then all that is known of the object.
    """
    try:
        return fetch(stripe_id)
    except NotAccessible as error:
        logger.warning("%s", error)
        return None


def find_by_metadata(
    attempt: ApiOperation, service: Any, key: str, *, filters: tuple[str, ...]
) -> Any:
    """Return what a call created, or None: by its id, or by the id of ours in its metadata.

    Args:
        attempt: the call that created it.
        service: the SDK's service of that kind of object.
        key: the metadata key that holds the id of ours.
        filters: parameters of the call by which Stripe can narrow down its list. A list that
            is narrowed is read as a whole: its objects have Stripe's times, the attempt has ours.
    """
    with translated_errors():
        # First, because an answered attempt may have lost its parameters by age.
        if attempt.stripe_id:
            return service.retrieve(attempt.stripe_id)
        params = attempt.params
        narrowed = {name: params[name] for name in filters if name in params}
        if not narrowed:
            since = attempt.created_at - CLOCK_SLACK
            narrowed = {"created": {"gte": int(since.timestamp())}}
        listed = service.list({**narrowed, "limit": 100})
        for candidate in listed.auto_paging_iter():
            metadata = candidate.metadata
            if metadata and getattr(metadata, key, None) == params["metadata"][key]:
                return candidate
    return None
