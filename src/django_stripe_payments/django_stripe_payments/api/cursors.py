"""Opaque cursors: what clients pass back, and never take apart."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from ..database import pages
from .problems import InvalidParameter


def older(page: pages.Page[Any]) -> str | None:
    """Return the cursor of what follows the page, None at the end."""
    return _encode("b" + page.older) if page.older else None


def newer(page: pages.Page[Any]) -> str | None:
    """Return the cursor of what precedes the page, None at the top."""
    return _encode("a" + page.newer) if page.newer else None


def position(cursor: str, model: type[Model]) -> dict[str, str]:
    """Return ``before`` or ``after`` of a cursor. Raises InvalidParameter."""
    text = _decode(cursor)
    sides = {"b": "before", "a": "after"}
    if text[:1] not in sides or not pages.is_cursor(text[1:], model):
        raise InvalidParameter("cursor", _("Use a cursor from another page."))
    return {sides[text[0]]: text[1:]}


def _encode(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> str:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (Error, ValueError):
        return ""
