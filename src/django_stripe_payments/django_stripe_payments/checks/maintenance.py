"""System checks of the settings of the endpoint, calls to Stripe, retention and deadlines."""

from typing import Any
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, Tags, register

from ..conf import settings
from ._messages import error, is_whole


@register(Tags.security)
def check_webhook_url(**_context: Any) -> list[CheckMessage]:
    """E080: Stripe can deliver to the endpoint's address."""
    url = settings.STRIPE_WEBHOOK_URL
    if not url:
        return []
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    is_live = "_live_" in str(settings.STRIPE_SECRET_KEY)
    if parts.hostname and parts.scheme in (("https",) if is_live else ("http", "https")):
        return []
    hint = (
        "Set the site's public address, for example 'https://example.com'; live mode needs HTTPS."
    )
    return error("E080", "STRIPE_WEBHOOK_URL is not an address that Stripe can deliver to.", hint)


@register()
def check_calls(**_context: Any) -> list[CheckMessage]:
    """E081: calls to Stripe have a timeout and a number of retries."""
    timeout, retries = settings.STRIPE_API_TIMEOUT, settings.STRIPE_API_MAX_RETRIES
    if type(timeout) not in (int, float) or timeout <= 0:
        hint = "Set seconds, for example 20."
        return error("E081", "STRIPE_API_TIMEOUT is not a number of seconds.", hint)
    if not is_whole(retries, 0):
        hint = "Set a whole number; with 0 the SDK does not retry."
        return error("E081", "STRIPE_API_MAX_RETRIES is not a number of retries.", hint)
    return []


@register(Tags.security)
def check_body_limit(**_context: Any) -> list[CheckMessage]:
    """E082: the limit of a webhook's body is large enough for an event."""
    # Stripe's events are a few thousand bytes; some lists in them make it a few hundred thousand.
    if not is_whole(settings.STRIPE_WEBHOOK_MAX_BYTES, 64 * 1024):
        hint = "Set at least 65536 bytes; the default is one MiB."
        return error("E082", "STRIPE_WEBHOOK_MAX_BYTES is too small for Stripe's events.", hint)
    return []


@register()
def check_retention(**_context: Any) -> list[CheckMessage]:
    """E084: payloads and parameters are deleted after whole days, or never."""
    days = settings.STRIPE_EVENT_PAYLOAD_DAYS, settings.STRIPE_OPERATION_PARAMS_DAYS
    # A call may be repeated with its idempotency key for a day.
    if any(value is not None and not is_whole(value, 2) for value in days):
        hint = "Set at least 2 days, or None to keep everything."
        text = "STRIPE_EVENT_PAYLOAD_DAYS or STRIPE_OPERATION_PARAMS_DAYS is not a number of days."
        return error("E084", text, hint)
    return []


@register()
def check_gone_receivers(**_context: Any) -> list[CheckMessage]:
    """E086: a disconnected receiver is abandoned after whole days, or never."""
    days = settings.STRIPE_GONE_RECEIVER_DAYS
    if days is not None and not is_whole(days, 1):
        hint = "Set at least 1 day, or None to wait forever."
        return error("E086", "STRIPE_GONE_RECEIVER_DAYS is not a number of days.", hint)
    return []


@register()
def check_health(**_context: Any) -> list[CheckMessage]:
    """E085: work counts as late after a number of seconds."""
    maximum, sync_maximum = settings.STRIPE_HEALTH_MAX_AGE, settings.STRIPE_HEALTH_SYNC_MAX_AGE
    if not is_whole(maximum, 1) or not (sync_maximum is None or is_whole(sync_maximum, 1)):
        hint = "Set a whole number of seconds, for example 900."
        text = "STRIPE_HEALTH_MAX_AGE or STRIPE_HEALTH_SYNC_MAX_AGE is not a number of seconds."
        return error("E085", text, hint)
    return []


@register()
def check_deadline_lead(**_context: Any) -> list[CheckMessage]:
    """E083: the warning about a dispute's deadline is sent before the deadline."""
    lead = settings.STRIPE_DISPUTE_DEADLINE_LEAD
    if type(lead) not in (int, float) or lead <= 0:
        hint = "Set how many seconds before the deadline; the default is three days."
        return error("E083", "STRIPE_DISPUTE_DEADLINE_LEAD is not a number of seconds.", hint)
    return []
