"""Text as it may be stored and sent: without what databases, mail and terminals stumble over."""

import hashlib
from typing import Any

from django.utils.text import Truncator

__all__ = ["clean_text", "one_line", "scoped_key"]

TITLE_LENGTH = 255


def one_line(text: Any) -> str:
    """A title: one line without control characters, shortened with "…" if it is too long."""
    line = " ".join(clean_text(text).split())
    return Truncator(line).chars(TITLE_LENGTH)


def clean_text(text: Any) -> str:
    """Text without the control characters that databases, mail and terminals stumble over."""
    return "".join(
        char for char in str(text or "") if char in "\n\t" or (char >= " " and char != "\x7f")
    ).strip()


def scoped_key(notification_type: str, key: str) -> str:
    """A caller's key under its type, short enough for a column."""
    scoped = f"{notification_type}:{key}"
    return (
        scoped
        if len(scoped) <= 190
        else f"{scoped[:120]}:{hashlib.sha256(scoped.encode()).hexdigest()}"
    )
