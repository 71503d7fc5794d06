"""System checks of limits, proxies, networks and fraud rules."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Tags, register
from django.utils.module_loading import import_string

from .. import addresses, money
from ..conf import settings
from ..limits import amounts, rates
from ._messages import error, is_whole, problem_of, warning

#: Caches that each process has for itself, or that count nothing.
PROCESS_LOCAL_CACHES = frozenset(
    {
        "django.core.cache.backends.dummy.DummyCache",
        "django.core.cache.backends.locmem.LocMemCache",
    }
)

LOWER_CASE = "write currencies in lower case."


@register()
def check_amount_limits(**_context: Any) -> list[CheckMessage]:
    """E020: amount limits are exact, for a currency or for a currency and a payment type."""
    hint = 'Set {"usd": {"minimum": "1.00", "maximum": "5000"}, "usd:donation": {…}}.'
    return [
        message
        for key, bounds in settings.STRIPE_AMOUNT_LIMITS.items()
        if (problem := problem_of(_check_bounds, key, bounds))
        for message in error("E020", f"STRIPE_AMOUNT_LIMITS[{key!r}]: {problem}", hint)
    ]


def _check_bounds(key: str, bounds: Mapping[str, Any]) -> None:
    currency, _colon, payment_type = key.partition(":")
    if currency != money.normalize_currency(currency):
        raise ValueError(LOWER_CASE)
    if unknown := bounds.keys() - {"minimum", "maximum"}:
        msg = f"use minimum and maximum, not {', '.join(sorted(unknown))}."
        raise ValueError(msg)
    minimum, maximum = amounts.limits_of(currency, payment_type)
    if minimum is not None and maximum is not None and minimum > maximum:
        msg = "the minimum is greater than the maximum."
        raise ValueError(msg)


@register()
def check_rate_limits(**_context: Any) -> list[CheckMessage]:
    """E021: rate limits are readable, for users and addresses."""
    hint = 'Set {"create_intent": {"user": "20/m", "address": "100/m"}}; None removes a limit.'
    return [
        message
        for scope, limits in settings.STRIPE_RATE_LIMITS.items()
        if (problem := problem_of(_check_rates, limits))
        for message in error("E021", f"STRIPE_RATE_LIMITS[{scope!r}]: {problem}", hint)
    ]


def _check_rates(limits: Mapping[str, str | None] | None) -> None:
    for kind, rate in (limits or {}).items():
        if kind not in ("user", "address"):
            msg = f"requests are counted for each user and address, not for each {kind}."
            raise ValueError(msg)
        if rate is not None:
            rates.parse(rate)


@register()
def check_rate_limit_cache(**_context: Any) -> list[CheckMessage]:
    """E022: the cache that counts requests exists."""
    if settings.STRIPE_RATE_LIMIT_CACHE in django_settings.CACHES:
        return []
    hint = "Set it to an alias of CACHES."
    return error("E022", "STRIPE_RATE_LIMIT_CACHE is not an alias of CACHES.", hint)


@register(Tags.security, deploy=True)
def check_rate_limit_cache_is_shared(**_context: Any) -> list[CheckMessage]:
    """W006: the processes of a deployed site share the cache that counts requests."""
    cache = django_settings.CACHES.get(settings.STRIPE_RATE_LIMIT_CACHE, {})
    if not settings.STRIPE_RATE_LIMIT or cache.get("BACKEND") not in PROCESS_LOCAL_CACHES:
        return []
    hint = "Use Redis or Memcached, and set STRIPE_RATE_LIMIT_CACHE to its alias."
    text = "Requests are counted in a cache that the site's processes do not share."
    return warning("W006", text, hint)


@register(Tags.security)
def check_trusted_proxies(**_context: Any) -> list[CheckMessage]:
    """E023: the number of trusted proxies is a whole number."""
    if is_whole(settings.STRIPE_TRUSTED_PROXIES, 0):
        return []
    hint = "Set how many of your own proxies append to X-Forwarded-For: 0, 1, 2 …"
    return error("E023", "STRIPE_TRUSTED_PROXIES is not a number of proxies.", hint)


@register(Tags.security)
def check_webhook_networks(**_context: Any) -> list[CheckMessage]:
    """E024: the networks that may deliver webhooks are valid."""
    hint = 'Set a list such as ["192.0.2.0/24", "2001:db8::/32"].'
    networks = settings.STRIPE_WEBHOOK_ALLOWED_NETWORKS
    if isinstance(networks, str):
        return error("E024", "STRIPE_WEBHOOK_ALLOWED_NETWORKS is not a list.", hint)
    return [
        message
        for text in networks
        if (problem := problem_of(addresses.network, text))
        for message in error("E024", f"STRIPE_WEBHOOK_ALLOWED_NETWORKS: {problem}", hint)
    ]


@register()
def check_fraud_settings(**_context: Any) -> list[CheckMessage]:
    """E025: fraud rules can be imported, and their numbers are whole numbers."""
    hint = "Set dotted paths of functions, and whole numbers above zero."
    messages = [
        message
        for path in settings.STRIPE_FRAUD_RULES
        if (problem := problem_of(import_string, path))
        for message in error("E025", f"STRIPE_FRAUD_RULES: {problem}", hint)
    ]
    for name in ("STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR", "STRIPE_FRAUD_MAX_DECLINES_PER_DAY"):
        if not is_whole(getattr(settings, name), 1):
            messages += error("E025", f"{name} is not a whole number above zero.", hint)
    return messages


@register()
def check_thresholds(**_context: Any) -> list[CheckMessage]:
    """E026: the thresholds of 3-D Secure and of a large first payment are exact amounts."""
    hint = 'Set amounts in the major unit, not floats: {"usd": "500", "jpy": 50000}.'
    return [
        message
        for name in ("STRIPE_THREE_D_SECURE_THRESHOLD", "STRIPE_FRAUD_LARGE_FIRST_PAYMENT")
        for currency, amount in getattr(settings, name).items()
        if (problem := problem_of(_check_threshold, currency, amount))
        for message in error("E026", f"{name}[{currency!r}]: {problem}", hint)
    ]


def _check_threshold(currency: str, amount: Any) -> None:
    if currency != money.normalize_currency(currency):
        raise ValueError(LOWER_CASE)
    money.to_minor(amount, currency)


@register()
def check_radar_metadata(**_context: Any) -> list[CheckMessage]:
    """E027: the function that adds metadata for Radar can be imported."""
    path = settings.STRIPE_RADAR_METADATA
    problem = path and problem_of(import_string, path)
    hint = "Set the dotted path of a function that takes a payment and returns a dict."
    return error("E027", f"STRIPE_RADAR_METADATA: {problem}", hint) if problem else []


@register()
def check_intent_options(**_context: Any) -> list[CheckMessage]:
    """E029: the function that adds parameters to an intent can be imported."""
    path = settings.STRIPE_INTENT_OPTIONS
    problem = path and problem_of(import_string, path)
    hint = "Set the dotted path of a function that takes a payment and returns a dict."
    return error("E029", f"STRIPE_INTENT_OPTIONS: {problem}", hint) if problem else []


@register()
def check_history_page_size(**_context: Any) -> list[CheckMessage]:
    """E028: a page of the payment history holds at least one payment."""
    if is_whole(settings.STRIPE_HISTORY_PAGE_SIZE, 1):
        return []
    hint = "Set a whole number above zero."
    return error("E028", "STRIPE_HISTORY_PAGE_SIZE is not a page size.", hint)
