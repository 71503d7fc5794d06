"""System checks of the settings of upkeep: the endpoint at Stripe, calls, retention, deadlines."""

from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Error, Tags, register

from ..conf import settings


def _error(code: str, text: str, hint: str) -> list[CheckMessage]:
    return [Error(text, hint=hint, id=f"django_stripe_payments.{code}")]


def _is_whole(value: Any, least: int) -> bool:
    return type(value) is int and value >= least


@register(Tags.security)
def check_webhook_url(**_context: Any) -> list[CheckMessage]:
    """E080: the endpoint's address is one that Stripe can deliver to."""
    url = settings.STRIPE_WEBHOOK_URL
    if not url:
        return []
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    is_live = "_live_" in str(settings.STRIPE_SECRET_KEY)
    if parts.hostname and parts.scheme in (("https",) if is_live else ("http", "https")):
        return []
    hint = "Give the site's public address, for example 'https://example.com'."
    return _error("E080", "STRIPE_WEBHOOK_URL is no address that Stripe delivers to.", hint)


@register()
def check_calls(**_context: Any) -> list[CheckMessage]:
    """E081: calls to Stripe end, and are repeated a number of times."""
    timeout, retries = settings.STRIPE_API_TIMEOUT, settings.STRIPE_API_MAX_RETRIES
    if type(timeout) not in (int, float) or timeout <= 0:
        hint = "Give seconds, for example 20."
        return _error("E081", "STRIPE_API_TIMEOUT is no length of time.", hint)
    if not _is_whole(retries, 0):
        hint = "Give a whole number; 0 leaves repeating to you."
        return _error("E081", "STRIPE_API_MAX_RETRIES is no number of retries.", hint)
    return []


@register(Tags.security)
def check_body_limit(**_context: Any) -> list[CheckMessage]:
    """E082: the largest webhook body is one that holds an event."""
    # Stripe's events are a few thousand bytes; some lists in them make it a few hundred thousand.
    if not _is_whole(settings.STRIPE_WEBHOOK_MAX_BYTES, 64 * 1024):
        hint = "Give bytes, 65536 or more; the default is one MiB."
        return _error("E082", "STRIPE_WEBHOOK_MAX_BYTES is too small for events.", hint)
    return []


@register()
def check_retention(**_context: Any) -> list[CheckMessage]:
    """E084: what is dropped by age is dropped after whole days, or never."""
    days = settings.STRIPE_EVENT_PAYLOAD_DAYS, settings.STRIPE_OPERATION_PARAMS_DAYS
    # A call may be asked about for a day, under its key.
    if any(value is not None and not _is_whole(value, 2) for value in days):
        hint = "Give a number of days, 2 or more, or None to keep everything."
        text = "STRIPE_EVENT_PAYLOAD_DAYS or STRIPE_OPERATION_PARAMS_DAYS is no number of days."
        return _error("E084", text, hint)
    return []


@register()
def check_gone_receivers(**_context: Any) -> list[CheckMessage]:
    """E086: a receiver that is gone is given up after whole days, or never."""
    days = settings.STRIPE_GONE_RECEIVER_DAYS
    if days is not None and not _is_whole(days, 1):
        hint = "Give a number of days, 1 or more, or None to wait for ever."
        return _error("E086", "STRIPE_GONE_RECEIVER_DAYS is no number of days.", hint)
    return []


@register()
def check_health(**_context: Any) -> list[CheckMessage]:
    """E085: what is late is so after a number of seconds."""
    longest, sync = settings.STRIPE_HEALTH_MAX_AGE, settings.STRIPE_HEALTH_SYNC_MAX_AGE
    if not _is_whole(longest, 1) or not (sync is None or _is_whole(sync, 1)):
        hint = "Give a whole number of seconds, for example 900."
        text = "STRIPE_HEALTH_MAX_AGE or STRIPE_HEALTH_SYNC_MAX_AGE is no length of time."
        return _error("E085", text, hint)
    return []


@register()
def check_deadline_lead(**_context: Any) -> list[CheckMessage]:
    """E083: the warning of a dispute's deadline comes before it."""
    lead = settings.STRIPE_DISPUTE_DEADLINE_LEAD
    if type(lead) not in (int, float) or lead <= 0:
        hint = "Give seconds before the deadline; the default is three days."
        return _error("E083", "STRIPE_DISPUTE_DEADLINE_LEAD is no length of time.", hint)
    return []
