"""Idempotency keys: a repeated POST does its work once and gets the same answer.

The header ``Idempotency-Key`` is a bare text, as Stripe has it, or a quoted one, as in the expired
draft-ietf-httpapi-idempotency-key-header-07. Missing: 400. In use by a request that is not over:
409. Used before with another body: 422. A row is kept for a day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from rest_framework.request import Request

from .. import clock
from ..database import statements
from ..models import IdempotentRequest
from .problems import IdempotencyProblem

#: Characters of a key, as its column has them.
MAX_KEY = 255

#: A request that takes longer than this is taken to have died with its process.
PATIENCE = timedelta(seconds=90)

Answer = dict[str, Any]


#: Makes the id of what a request creates out of the request's own identity.
NAMESPACE = UUID("5f0c6a0c-1f39-4f0e-9a0b-6d2b7a1f6a3e")


def once(request: Request, route: str, work: Callable[[UUID], Answer]) -> tuple[Answer, bool]:
    """Do the work unless this key has done it; return its answer, and whether it is a replay.

    If the work raises, the key is free again: whatever it wrote is resumed by a repetition.

    Args:
        request: of a logged-in user, with its body parsed.
        route: a short name; keys of different routes are different keys.
        work: is given an id that is the same in each repetition, for what it creates; returns
            plain JSON values without secrets.
    """
    row, is_ours = _claim(request, route)
    if not is_ours:
        assert row.answer is not None  # noqa: S101, or _claim() had raised
        return row.answer, True
    own = IdempotentRequest.objects.filter(pk=row.pk, started_at=row.started_at)
    try:
        answer = work(uuid5(NAMESPACE, f"{row.user_id}:{row.route}:{row.key}"))
    except BaseException:
        own.delete()
        raise
    own.update(answer=answer)
    return answer, False


def _claim(request: Request, route: str) -> tuple[IdempotentRequest, bool]:
    """Return the row of the request, and whether this process is to do the work."""
    user: Any = request.user
    identity = {"user": user, "route": route, "key": key_of(request)}
    fingerprint = _fingerprint(request.data)
    if statements.insert(IdempotentRequest(**identity, fingerprint=fingerprint)):
        return IdempotentRequest.objects.get(**identity), True
    row = IdempotentRequest.objects.get(**identity)
    if row.fingerprint != fingerprint:
        text = _("This Idempotency-Key was used for another request: use a new one.")
        raise IdempotencyProblem(422, "idempotency_key_reused", text)
    if row.answer is not None:
        return row, False
    now = clock.now()
    silent = IdempotentRequest.objects.filter(
        pk=row.pk, started_at=row.started_at, answer__isnull=True
    )
    if row.started_at < now - PATIENCE and silent.update(started_at=now):
        row.started_at = now
        return row, True
    text = _("The first request with this Idempotency-Key is not finished yet.")
    raise IdempotencyProblem(409, "idempotency_key_in_use", text)


def key_of(request: Request) -> str:
    """Return the request's key. Raises IdempotencyProblem without one."""
    key: str = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        text = _("Send an Idempotency-Key of 1 to %s printable characters, such as a UUID.")
        raise IdempotencyProblem(400, "idempotency_key_missing", text % MAX_KEY)
    return key


def _fingerprint(body: Any) -> str:
    text = json.dumps(body, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
