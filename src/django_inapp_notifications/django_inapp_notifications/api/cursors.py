"""Opaque cursors and markers: what clients pass back, and never take apart."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from django.utils.translation import gettext as _

from ..inbox.listing import Page
from .problems import InvalidParameter

#: Eighteen digits fit every database's bigint.
DIGITS = 18


def older(page: Page) -> str | None:
    """Return the cursor of what follows the page, None at the end."""
    return None if page.older is None else _encode(f"b{page.older}")


def newer(page: Page) -> str | None:
    """Return the cursor of what precedes the page, None at the top."""
    return None if page.newer is None else _encode(f"a{page.newer}")


def position(cursor: str) -> dict[str, int]:
    """Return ``before`` or ``after`` of a cursor. Raises InvalidParameter."""
    text = _decode(cursor)
    sides = {"b": "before", "a": "after"}
    if text[:1] not in sides or not _is_id(text[1:]):
        raise InvalidParameter("cursor", _("Use a cursor from an earlier page."))
    return {sides[text[0]]: int(text[1:])}


def marker(page: Page) -> str:
    """Return what "mark all as read" takes: nothing newer than what this page showed."""
    return _encode(f"m{page.newest_id}")


def up_to(marker: str) -> int | None:
    """Return the id in a marker, None if it is no marker."""
    text = _decode(marker)
    return int(text[1:]) if text[:1] == "m" and _is_id(text[1:]) else None


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= DIGITS


def _encode(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (Error, ValueError):
        return ""
