"""Idempotency keys: the same key with the same parameters gets the same answer.

https://docs.stripe.com/api/idempotent_requests
"""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..wire.errors import idempotency_error, invalid, key_in_use

#: Seconds that a key lives; Stripe prunes keys after "at least 24 hours".
LIFETIME = 24 * 3600

#: Stripe's limit for a key.
MAX_LENGTH = 255


@dataclass(slots=True)
class Answer:
    """What the first call with a key was answered; ``status`` 0 while it is being executed."""

    fingerprint: str
    created: float
    request_id: str
    status: int = 0
    body: bytes = b""


class Idempotency:
    """Remembers answers by account key and idempotency key. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}

    def begin(self, key: str, fingerprint: str, request_id: str) -> Answer | None:
        """Return the stored answer, or None and hold the key until ``finish`` or ``forget``."""
        if len(key) > MAX_LENGTH:
            raise invalid(f"Idempotency keys can have up to {MAX_LENGTH} characters.")
        with self._lock:
            answer = self._answers.get(key)
            if answer and self._clock() - answer.created >= LIFETIME:
                answer = None
            if answer is None:
                self._answers[key] = Answer(fingerprint, self._clock(), request_id)
                return None
        if answer.fingerprint != fingerprint:
            raise idempotency_error(
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Try using a key other than '{key}' if you meant to execute a "
                "different request."
            )
        if not answer.status:
            raise key_in_use()
        return answer

    def finish(self, key: str, status: int, body: bytes) -> None:
        with self._lock:
            self._answers[key].status = status
            self._answers[key].body = body

    def forget(self, key: str) -> None:
        """Free the key: nothing was executed, and it may be used again with other parameters."""
        with self._lock:
            self._answers.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()

    def dump(self) -> dict[str, Any]:
        """Return the finished answers as JSON."""
        with self._lock:
            return {
                key: [
                    item.fingerprint,
                    item.created,
                    item.request_id,
                    item.status,
                    item.body.decode(),
                ]
                for key, item in self._answers.items()
                if item.status
            }

    def load(self, data: dict[str, Any]) -> None:
        for key, (fingerprint, created, request_id, status, body) in data.items():
            self._answers[key] = Answer(fingerprint, created, request_id, status, body.encode())


def fingerprint(method: str, path: str, params: Any) -> str:
    text = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
