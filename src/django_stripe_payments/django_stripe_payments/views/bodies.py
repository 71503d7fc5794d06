"""Request bodies of scripts, read with limits."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

#: Maximum size of a body in bytes; a page sends a few hundred.
MAX_BYTES = 64 * 1024


class InvalidRequest(Exception):
    """The body is not what the endpoint accepts; the message says what is wrong with it."""


def read_object(
    request: HttpRequest, *, parse_float: Callable[[str], Any] = Decimal
) -> dict[str, Any]:
    """Return the JSON object in the body.

    Numbers with a fraction are parsed by ``parse_float``: a float could differ from the number
    that was sent. Raises InvalidRequest for any other body.
    """
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise InvalidRequest(_("The request is too large."))
    try:
        data = json.loads(body, parse_float=parse_float)
        # An escape can encode half of a surrogate pair, which no database stores as text.
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError):
        raise InvalidRequest(_("The request is not valid JSON.")) from None
    if not isinstance(data, dict):
        raise InvalidRequest(_("The request is not a JSON object."))
    return data


def text_field(data: Mapping[str, Any], key: str) -> str:
    """Return the text under ``key``, or "" if it is missing. Raises InvalidRequest."""
    value = data.get(key) or ""
    if not isinstance(value, str):
        raise InvalidRequest(_("“%(key)s” must be text.") % {"key": key})
    return value


def object_field(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the JSON object under ``key``, or {} if it is missing. Raises InvalidRequest."""
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise InvalidRequest(_("“%(key)s” must be a JSON object.") % {"key": key})
    return value
