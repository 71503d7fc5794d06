"""API keys: any test key is accepted, a live one never."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import unauthorized
from .forms import Params

SECRET_PREFIXES = ("sk_test_", "rk_test_")
PUBLISHABLE_PREFIX = "pk_test_"
LIVE_PREFIXES = ("sk_live_", "pk_live_", "rk_live_", "sk_org_live_")

LIVE_KEY_REFUSED = (
    "This is a live key, and this is a sandbox on your machine: no money moves here. Use a test "
    "key (sk_test_…, pk_test_…), and roll the live key if it reached a place where it may leak."
)


NOT_IN_PARAMETERS = (
    "Send a secret key in the Authorization header. Addresses and forms, which web pages can make "
    "a browser send, take publishable keys only."
)


@dataclass(frozen=True, slots=True)
class Key:
    value: str
    publishable: bool


def is_live(value: str) -> bool:
    return value.startswith(LIVE_PREFIXES)


def authenticate(headers: Mapping[str, str], params: Params) -> Key:
    """Return the key of a call: a Bearer or Basic header, or the browser's ``key`` parameter.

    ``headers`` have lower-case names. ``params`` loses its ``key``.
    """
    parameter = str(params.pop("key", ""))
    value = _from_header(headers.get("authorization", "")) or parameter
    if not value:
        raise unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization "
            "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if is_live(value):
        raise unauthorized(LIVE_KEY_REFUSED)
    if value == parameter and value.startswith(SECRET_PREFIXES):
        raise unauthorized(NOT_IN_PARAMETERS)
    if value.startswith(PUBLISHABLE_PREFIX):
        return Key(value, publishable=True)
    if value.startswith(SECRET_PREFIXES):
        return Key(value, publishable=False)
    raise unauthorized(f"Invalid API Key provided: {value[:8]}{'*' * 8}")


def _from_header(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
