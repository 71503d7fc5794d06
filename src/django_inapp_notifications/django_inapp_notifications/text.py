"""Text as it may be stored and sent: without what databases, mail and terminals stumble over."""

from typing import Any

from django.utils.text import Truncator

__all__ = ["clean_text", "one_line"]

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
