"""Text as it may be stored and sent: without what databases, mail and terminals stumble over."""

import hashlib
from typing import Any

from django.utils.text import Truncator

from .bidi import balance

TITLE_LENGTH = 255

# NUL and halves of a surrogate pair, which not every database can hold.
_STORABLE: dict[int, str | None] = dict.fromkeys([0, *range(0xD800, 0xE000)])
# Control characters but for new line and tab go too.
_CLEAN: dict[int, str | None] = {
    **_STORABLE,
    **{code: None for code in [*range(0x20), *range(0x7F, 0xA0)] if chr(code) not in "\n\t"},
    **dict.fromkeys([0x85, 0x2028, 0x2029], "\n"),  # other ways to end a line
}


def one_line(text: Any) -> str:
    """A title: one line without control characters, shortened with "…" if it is too long."""
    line = " ".join(clean_text(text).split())
    return shorten(line, TITLE_LENGTH)


def shorten(text: str, length: int) -> str:
    """At most `length` characters; "…" stands for the rest."""
    return balance(Truncator(text).chars(length))


def clean_text(text: Any) -> str:
    """Text without the control characters that databases, mail and terminals stumble over."""
    return balance(str(text or "").translate(_CLEAN).strip())


def clean_data(data: Any) -> Any:
    """Plain data without what a database cannot hold."""
    if isinstance(data, str):
        return data.translate(_STORABLE)
    if isinstance(data, list):
        return [clean_data(each) for each in data]
    if isinstance(data, dict):
        return {clean_data(name): clean_data(value) for name, value in data.items()}
    return data


def scoped_key(notification_type: str, key: str) -> str:
    """A caller's key under its type, short enough for a column.

    It ends with a hash unless it is lower-case and plain, because a database may take others for
    the same: MariaDB sees no difference between "aB" and "Ab ".
    """
    scoped = f"{notification_type}:{key}"
    plain = scoped.isascii() and scoped.isprintable() and " " not in scoped
    if plain and scoped == scoped.lower() and len(scoped) <= 190:
        return scoped
    digest = hashlib.sha256(scoped.encode(errors="surrogatepass")).hexdigest()
    return f"{clean_text(scoped)[:120].rstrip()}:{digest}"


def short_key(key: str) -> str:
    """The same key, by its hash if it is too long to be kept until its recipients are written."""
    return key if len(key) <= 190 else scoped_key("", key)
