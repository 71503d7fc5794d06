"""The audit log: every payment action appends an entry that names who did it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import HttpRequest

from .models import AuditLogEntry
from .redaction import redact


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user through a page, or something without a user."""

    source: str = "code"
    user_id: Any = None
    request_id: str = ""
    address: str = ""


#: What acts when nobody said who does: the site's own code.
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


def actor_of(request: HttpRequest, source: str) -> Actor:
    """Return the actor behind a request."""
    user = getattr(request, "user", None)
    return Actor(
        source=source,
        user_id=user.pk if user is not None and user.is_authenticated else None,
        request_id=request.headers.get("X-Request-Id", "")[:255],
        address=request.META.get("REMOTE_ADDR", "")[:64],
    )


def record(action: str, about: models.Model, **detail: Any) -> AuditLogEntry:
    """Append an entry about a saved row. ``detail`` is JSON-like; secrets in it are blotted."""
    actor = _actor.get()
    return AuditLogEntry.objects.create(
        action=action,
        actor_id=actor.user_id,
        source=actor.source,
        object_type=str(about._meta.model_name),
        object_id=str(about.pk),
        request_id=actor.request_id,
        address=actor.address,
        detail=redact(detail),
    )
