"""The audit log: every action on a payment appends an entry that names the actor.

An entry is written in the transaction of the change that it records, and sealed afterwards: see
``audit.chain``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.db import models
from django.http import HttpRequest

from .. import addresses
from ..conf import settings
from ..database import statements
from ..logs.redaction import redact
from ..models import AuditLogEntry


@dataclass(frozen=True, slots=True)
class Actor:
    """Who or what acts: a user on a page, or something without a user.

    ``source`` is "page", "admin", "webhook", "command …", "reconciler" or "code". ``address`` is
    the full address; STRIPE_AUDIT_MASK_ADDRESSES applies when it is stored.
    """

    source: str = "code"
    user_id: Any = None
    request_id: str = ""
    address: str = ""


#: The default actor: the site's own code.
CODE = Actor()

_actor: ContextVar[Actor] = ContextVar("stripe_payments_actor", default=CODE)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Attribute every entry written inside the block to ``actor``."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


@contextmanager
def acting_as(source: str) -> Iterator[None]:
    """Attribute every entry written inside the block to the current actor, as ``source``."""
    with acting(replace(current_actor(), source=source)):
        yield


def current_actor() -> Actor:
    """Return the current actor."""
    return _actor.get()


def actor_of(request: HttpRequest, source: str) -> Actor:
    """Return the actor behind a request."""
    user = getattr(request, "user", None)
    user_id = user.pk if user is not None and user.is_authenticated else None
    return replace(caller_of(request, source), user_id=user_id)


def caller_of(request: HttpRequest, source: str) -> Actor:
    """Return the actor behind a request of a machine, which has no user."""
    request_id = request.headers.get("X-Request-Id", "")
    return Actor(
        source=source,
        request_id="".join(filter(str.isprintable, request_id))[:255],
        address=addresses.client_address(request),
    )


def attributed(source: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that attributes what a view does to the user who sent the request."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def attributed_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            with acting(actor_of(request, source)):
                return view(request, *args, **kwargs)

        return attributed_view

    return decorate


def record(action: str, about: models.Model, **detail: Any) -> AuditLogEntry:
    """Append an entry about a saved row. ``detail`` is JSON-like; secrets in it are removed."""
    return record_about(action, str(about._meta.model_name), str(about.pk), **detail)


def record_about(
    action: str, object_type: str, object_id: str = "", **detail: Any
) -> AuditLogEntry:
    """Append an entry about something without a row, such as a payment that was denied."""
    actor = current_actor()
    masks = settings.STRIPE_AUDIT_MASK_ADDRESSES
    entry = AuditLogEntry(
        action=action,
        actor_id=actor.user_id,
        actor_key="" if actor.user_id is None else str(actor.user_id),
        source=actor.source,
        object_type=object_type,
        object_id=object_id,
        request_id=actor.request_id,
        address=addresses.anonymized(actor.address) if masks else actor.address,
        detail=redact(detail),
    )
    statements.append(entry)
    return entry
