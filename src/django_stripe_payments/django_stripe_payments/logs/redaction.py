"""Keep secrets and card data out of everything that this app stores or logs."""

import logging
import re
from typing import Any

from .outside import printable, storable, traceback_of

#: Keys of Stripe's objects whose values are secret.
SECRET_KEYS = frozenset({"client_secret", "ephemeral_key", "secret"})

_SECRETS = re.compile(
    r"""
    \b(?:sk|rk)_(?:org_)?(?:live|test)_\w+    # API keys
    | \bwhsec_\w+                            # webhook signing secrets
    | \b(?:pi|seti|cs|src)_\w+?_secret_\w+   # client secrets
    | \bcuss_secret_\w+ | \bek_(?:live|test)_\w+  # what a mobile app opens its sheet with
    """,
    re.VERBOSE,
)

# Matches the repr of everything that has a secret, a NUL or half a surrogate pair in its text.
_SUSPICIOUS = re.compile(r"(?:sk|rk|ek)_(?:live|test)_|whsec_|_secret_|\\x00|\\ud[89a-f]")

# 13 to 19 digits as people write card numbers. No hyphens: a UUID may look like one.
_CARD_LIKE = re.compile(r"\b(?:\d ?){12,18}\d\b")

REDACTED = "[redacted]"


def redact_text(text: str) -> str:
    """Return ``text`` without anything that looks like a key, a secret or a card number.

    Any database can store the result, and it holds no control characters but tab and newline.
    """
    return _CARD_LIKE.sub(_redact_card, _SECRETS.sub(REDACTED, printable(text)))


def redacted_traceback(error: BaseException) -> str:
    """Return the error's traceback for a column or a log: see ``redact_text``."""
    return redact_text(traceback_of(error))


def redact(value: Any) -> Any:
    """Return a copy of JSON-like ``value`` without the secrets that Stripe's objects contain."""
    if isinstance(value, str):
        return storable(_SECRETS.sub(REDACTED, value))
    copy = _without_secret_keys(value)
    # One look at the whole: an event has a hundred strings, and next to none holds anything.
    return _redact_texts(copy) if _SUSPICIOUS.search(repr(copy)) else copy


def _without_secret_keys(value: Any) -> Any:
    """Return a copy of the dicts and lists, without the values of SECRET_KEYS."""
    if isinstance(value, dict):
        return {
            key: REDACTED
            if key in SECRET_KEYS and item
            else _without_secret_keys(item)
            if isinstance(item, dict | list | tuple)
            else item
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            _without_secret_keys(item) if isinstance(item, dict | list | tuple) else item
            for item in value
        ]
    return value


def _redact_texts(value: Any) -> Any:
    if isinstance(value, str):
        return storable(_SECRETS.sub(REDACTED, value))
    if isinstance(value, dict):
        return {storable(key): _redact_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redact_texts(item) for item in value]
    return value


class SecretsFilter(logging.Filter):
    """Removes secrets from what a logger writes, at every level."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact_text(record.getMessage()), ()
        return True


def _redact_card(match: re.Match[str]) -> str:
    digits = [int(digit) for digit in match[0] if digit != " "]
    return REDACTED if _luhn(digits) else match[0]


def _luhn(digits: list[int]) -> bool:
    # ISO/IEC 7812-1: every card number passes, and nine of ten other numbers fail.
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
