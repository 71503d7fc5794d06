"""Opaque cursors: what clients pass back, and never take apart."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from django.utils.translation import gettext as _

from ..inbox.listing import Page
from ..inbox.markers import is_id
from .problems import InvalidParameter


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
    if text[:1] not in sides or not is_id(text[1:]):
        raise InvalidParameter("cursor", _("Use a cursor from an earlier page."))
    return {sides[text[0]]: int(text[1:])}


def _encode(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (Error, ValueError):
        return ""
