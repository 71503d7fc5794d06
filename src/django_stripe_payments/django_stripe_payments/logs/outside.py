"""Make text from outside fit for a column and for a line of a log.

An error's text, a decline's message and a header are written by others. PostgreSQL stores no NUL,
no database stores half of a surrogate pair, and a terminal obeys control characters.
"""

from __future__ import annotations

import re
import traceback

#: C0 and C1 controls except tab and newline, separators that end a line, bidirectional controls,
#: and halves of surrogate pairs.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def storable(text: str) -> str:
    """Return ``text`` as every database can store it: without NUL and half surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def printable(text: str) -> str:
    r"""Return ``text`` with its control characters as escapes (``\x1b``); it is storable too.

    Tabs and newlines stay, because tracebacks consist of them.
    """
    return _UNPRINTABLE.sub(_escape, text)


def traceback_of(error: BaseException) -> str:
    """Return the error's traceback, printable. Secrets in it are not removed."""
    return printable("".join(traceback.format_exception(error)))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
