"""What is wrong with the keys in the settings, as far as it shows without calling Stripe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..checks.settings import PUBLIC_KEYS, SECRET_KEYS, SIGNING_SECRETS
from ..conf import settings
from ..stripe_api import local_sandbox
from ..webhooks import secrets

#: Placeholders that people leave in their settings instead of a key.
_PLACEHOLDER = re.compile(r"\.{2,}|…|[<>*\s]|x{4,}|your|change|replace|example|placeholder", re.I)

#: Stripe's keys are far longer; a shorter one was cut off when it was copied.
SHORTEST_KEY = 24

#: Stripe's keys contain their account: sk_test_51ABC… belongs to acct_1ABC….
_ACCOUNT = re.compile(r"(?:sk|pk|rk)_(?:test|live)_51(\w{14})")


def problems() -> Iterator[tuple[str, str]]:
    """Yield what is wrong with each of the three settings, and the advice."""
    keys = {"STRIPE_SECRET_KEY": SECRET_KEYS, "STRIPE_PUBLIC_KEY": PUBLIC_KEYS}
    for name, beginnings in keys.items():
        key = str(getattr(settings, name)).strip()
        if problem := _problem(key, beginnings, shortest=SHORTEST_KEY):
            yield f"{name} {problem}.", _key_advice(beginnings)
    # A list while secrets rotate.
    for secret in secrets.webhook_secrets() or [""]:
        if problem := _problem(secret, SIGNING_SECRETS):
            yield f"STRIPE_WEBHOOK_SECRET {problem}.", secret_advice()


def accounts() -> list[str]:
    """Return the accounts that the two keys contain; a key may contain none."""
    keys = (settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLIC_KEY)
    return [match[1] for key in keys if (match := _ACCOUNT.match(str(key)))]


def secret_advice() -> str:
    """Return how to get the right signing secret."""
    if local_sandbox.is_used():
        return (
            "Restart manage.py stripe_sandbox with this site's settings: it signs with "
            "--webhook-secret, or else with STRIPE_WEBHOOK_SECRET, or else with whsec_sandbox."
        )
    return (
        "Copy the endpoint's secret from the dashboard (Developers, Webhooks) into "
        "STRIPE_WEBHOOK_SECRET again, and restart the site."
    )


def _key_advice(beginnings: tuple[str, ...]) -> str:
    if settings.STRIPE_API_BASE:
        return f"Set any test key: manage.py stripe_sandbox accepts {beginnings[0]}sandbox."
    return "Copy it from the dashboard (Developers, API keys) again, and restart the site."


def _problem(key: object, beginnings: tuple[str, ...], *, shortest: int = 0) -> str:
    if not key:
        return "is empty"
    if not isinstance(key, str):
        return "is not a string"
    if _PLACEHOLDER.search(key):
        return "is a placeholder"
    if not key.startswith(beginnings):
        return f"does not begin with {' or '.join(beginnings)}"
    # A sandbox accepts any test key.
    if not settings.STRIPE_API_BASE and len(key) < shortest:
        return "is too short to be a key"
    return ""
