"""What callers pass for a payment, checked before a row is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..exceptions import InvalidMetadata

# Stripe's limits of metadata, https://docs.stripe.com/metadata; one key is ours.
MAX_KEYS = 49
MAX_KEY = 40
MAX_VALUE = 500
MAX_DESCRIPTION = 1000

#: Characters of a payment type, as its column has them.
MAX_TYPE = 64


def checked_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of ``metadata``; raise InvalidMetadata if Stripe would refuse it."""
    if len(metadata) > MAX_KEYS:
        msg = f"Metadata can have at most {MAX_KEYS} keys, not {len(metadata)}."
        raise InvalidMetadata(msg)
    for key, value in metadata.items():
        if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY or set(key) & set("[]"):
            msg = f"Metadata key {key!r} must be a string of 1 to {MAX_KEY} characters without []."
            raise InvalidMetadata(msg)
        if not _is_plain(value) or len(str(value)) > MAX_VALUE:
            msg = (
                f"Metadata {key!r} must be a string, a number, True, False or None, of at most "
                f"{MAX_VALUE} characters: pass str(value) of anything else."
            )
            raise InvalidMetadata(msg)
    return dict(metadata)


def checked_text(name: str, value: Any, maximum: int | None = None) -> str:
    """Return ``value``; raise InvalidMetadata if it is not text, or longer than ``maximum``."""
    if not isinstance(value, str):
        msg = f'{name} must be a string, not {value!r}: pass "" or leave it out for none.'
        raise InvalidMetadata(msg)
    if maximum is not None and len(value) > maximum:
        msg = f"{name} can have at most {maximum} characters, not {len(value)}: use a shorter one."
        raise InvalidMetadata(msg)
    if not _is_plain(value):
        msg = f"{name} contains a NUL or half a surrogate pair, which can't be stored: remove it."
        raise InvalidMetadata(msg)
    return value


def _is_plain(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        # No database stores a NUL or half of a surrogate pair.
        return "\0" not in value and value == value.encode("utf-8", "replace").decode("utf-8")
    return value is None or isinstance(value, int)
