"""Keep secrets and card data out of everything that this app stores or logs."""

import re
from typing import Any

#: Keys of Stripe's objects whose values open something.
SECRET_KEYS = frozenset({"client_secret", "ephemeral_key", "secret", "number", "cvc"})

_SECRETS = re.compile(
    r"""
    \b(?:sk|rk)_(?:live|test)_\w+            # API keys
    | \bwhsec_\w+                            # webhook signing secrets
    | \b(?:pi|seti|cs|src)_\w+?_secret_\w+   # client secrets
    | \b(?:\d[ -]?){12,18}\d\b               # card numbers
    """,
    re.VERBOSE,
)

REDACTED = "[redacted]"


def redact_text(text: str) -> str:
    """Return ``text`` with everything that looks like a key, a secret or a card number blotted."""
    return _SECRETS.sub(REDACTED, text)


def redact(value: Any) -> Any:
    """Return a copy of JSON-like ``value`` without the secrets that Stripe's objects carry."""
    if isinstance(value, dict):
        return {
            key: REDACTED if key in SECRET_KEYS and item else redact(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return redact_text(value) if isinstance(value, str) and "_" in value else value
