"""Decide whether a request is an event that Stripe signed for this endpoint."""

import json
import math
import time
from collections.abc import Mapping
from typing import Any

from ..conf import settings
from ..exceptions import WebhookNotConfigured, WebhookRejected
from ..logs.redaction import redact
from ..stripe_api import client
from . import refusals as refused
from . import thin
from .secrets import note_use, trusted_secrets

Event = Mapping[str, Any]

#: Seconds since 1970 that a datetime can hold: the end of the year 9999.
MAX_TIME = 253_402_300_800

#: MariaDB's JSON ends at 32 levels; Stripe's events have about ten.
MAX_DEPTH = 30


def verify(body: bytes, signature: str) -> Event:
    """Return the event in ``body``.

    The signature is checked here and the body is kept as JSON: building the SDK's objects
    would cost twenty times as much, and they are not needed before the event is stored.

    Raises:
        WebhookNotConfigured: no secret is set that counts.
        WebhookRejected: too large, forged, unsigned, stale or from the future, not UTF-8, not
            JSON, no event, or a test-mode event where STRIPE_SECRET_KEY is live, or the reverse.
    """
    if len(body) > settings.STRIPE_WEBHOOK_MAX_BYTES:
        raise WebhookRejected("The body is larger than STRIPE_WEBHOOK_MAX_BYTES.")
    secrets = trusted_secrets()
    if not secrets:
        msg = "Set STRIPE_WEBHOOK_SECRET to the endpoint's signing secret (whsec_…). It is empty"
        msg += ", or the sandbox's, which is public and counts only with a test key and a sandbox."
        raise WebhookNotConfigured(msg)
    text = _decode(body)
    fitting = next((secret for secret in secrets if _is_signed(text, signature, secret)), None)
    if fitting is not None:
        _require_recent(signature)
    else:
        # Stripe signs whatever it delivers: what has no signature at all says nothing of secrets.
        if signature:
            refused.count_one()
        raise WebhookRejected("No signature on the request fits STRIPE_WEBHOOK_SECRET.")
    event = _parse(text)
    note_use(fitting, redact(str(event.get("api_version") or ""))[:64])
    return event


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WebhookRejected("The body is not UTF-8.") from error


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _no_number(text)
    return number


def _is_shallow(value: Any) -> bool:
    """Whether ``value`` is nested no deeper than MariaDB's JSON may be."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return True
    return False


def _is_signed(text: str, signature: str, secret: str) -> bool:
    import stripe

    # The SDK compares in ASCII, and raises TypeError for anything else.
    if not signature.isascii():
        return False
    try:
        # Without a tolerance, it checks no age: see ``_require_recent``.
        stripe.WebhookSignature.verify_header(text, signature, secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def _require_recent(signature: str) -> None:
    """Raise WebhookRejected if a genuine signature is too old, or from the future.

    The SDK accepts any time in the future: a request that was recorded could wait there.
    """
    signed_at = next(int(item[2:]) for item in signature.split(",") if item.startswith("t="))
    age = time.time() - signed_at
    if abs(age) <= settings.STRIPE_WEBHOOK_TOLERANCE:
        return
    refused.count_one(is_off_time=True)
    direction = "old" if age > 0 else "in the future"
    msg = f"The signature is genuine and {abs(age):.0f} s {direction}: this machine's clock is off"
    raise WebhookRejected(f"{msg} (compare it by stripe_doctor), or the request was replayed.")


def _parse(text: str) -> Event:
    try:
        event = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise WebhookRejected("The body is not JSON.") from error
    if not _is_shallow(event):
        raise WebhookRejected("The body is nested deeper than any event.")
    problem = _problem(event)
    if problem:
        raise WebhookRejected(problem)
    valid: Event = event
    return valid


def _problem(event: Any) -> str:
    """Return what makes a body no event, or an empty string."""
    if not isinstance(event, dict) or event.get("object") not in ("event", thin.OBJECT):
        return "The body is not an event."
    if not all(isinstance(event.get(key), str) and event[key] for key in ("id", "type")):
        return "The event has no id or no type."
    if not isinstance(event.get("account") or "", str):
        return "The event's account is not text."
    if not isinstance(event.get("context") or "", str):
        return "The event's context is not text."
    if _is_of_other_mode(event):
        return "The event's livemode is not that of STRIPE_SECRET_KEY."
    return thin.problem(event) if thin.is_thin(event) else _problem_of_snapshot(event)


def _is_of_other_mode(event: dict[str, Any]) -> bool:
    """Return True for a test-mode event on a live-mode site, or the reverse."""
    # A live endpoint for Connect gets the test events of accounts too, and they change nothing.
    if thin.account_of(event) or not settings.STRIPE_SECRET_KEY:
        return False
    return bool(event.get("livemode")) != client.is_live()


def _problem_of_snapshot(event: dict[str, Any]) -> str:
    data = event.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        return "The event carries no object."
    if type(event.get("created")) is not int or not 0 < event["created"] < MAX_TIME:
        return "The event has no time."
    return ""
