"""System checks of the settings that guard payments; the others are in checks.py."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings as django_settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string

from .. import addresses, money
from ..conf import settings
from ..limits import amounts as limits
from ..limits import rates as rate_limits

#: Caches that each process has for itself, or that count nothing.
LONELY_CACHES = frozenset(
    {
        "django.core.cache.backends.dummy.DummyCache",
        "django.core.cache.backends.locmem.LocMemCache",
    }
)


def _error(code: str, text: str, hint: str) -> CheckMessage:
    return Error(text, hint=hint, id=f"django_stripe_payments.{code}")


@register()
def check_amount_limits(**_context: Any) -> list[CheckMessage]:
    """E020: amount limits are by currency, or by currency and type, and exact."""
    hint = 'Give {"usd": {"minimum": "1.00", "maximum": "5000"}, "usd:donation": {…}}.'
    return [
        _error("E020", f"STRIPE_AMOUNT_LIMITS[{key!r}]: {problem}", hint)
        for key, bounds in settings.STRIPE_AMOUNT_LIMITS.items()
        if (problem := _problem(_check_bounds, key, bounds))
    ]


def _check_bounds(key: str, bounds: Mapping[str, Any]) -> None:
    currency, _colon, payment_type = key.partition(":")
    if currency != money.normalize_currency(currency):
        msg = "currencies are written in lower case."
        raise ValueError(msg)
    if unknown := bounds.keys() - {"minimum", "maximum"}:
        msg = f"there are a minimum and a maximum, and no {', '.join(sorted(unknown))}."
        raise ValueError(msg)
    least, most = limits.limits_of(currency, payment_type)
    if least is not None and most is not None and least > most:
        msg = "the minimum is above the maximum."
        raise ValueError(msg)


@register()
def check_rate_limits(**_context: Any) -> list[CheckMessage]:
    """E021: rate limits are per user or address, and can be read."""
    hint = 'Give {"create_intent": {"user": "20/m", "address": "100/m"}}; None lifts a limit.'
    return [
        _error("E021", f"STRIPE_RATE_LIMITS[{scope!r}]: {problem}", hint)
        for scope, rates in settings.STRIPE_RATE_LIMITS.items()
        if (problem := _problem(_check_rates, rates))
    ]


def _check_rates(rates: Mapping[str, str | None] | None) -> None:
    for kind, rate in (rates or {}).items():
        if kind not in ("user", "address"):
            msg = f"requests are counted per user and address, and not per {kind}."
            raise ValueError(msg)
        if rate is not None:
            rate_limits.parse(rate)


@register()
def check_rate_limit_cache(**_context: Any) -> list[CheckMessage]:
    """E022: the cache that counts requests exists."""
    if settings.STRIPE_RATE_LIMIT_CACHE in django_settings.CACHES:
        return []
    hint = "Name an alias of CACHES."
    return [_error("E022", "STRIPE_RATE_LIMIT_CACHE is no alias of CACHES.", hint)]


@register(Tags.security, deploy=True)
def check_rate_limit_cache_is_shared(**_context: Any) -> list[CheckMessage]:
    """W006: the processes of a deployed site count requests together."""
    cache = django_settings.CACHES.get(settings.STRIPE_RATE_LIMIT_CACHE, {})
    if not settings.STRIPE_RATE_LIMIT or cache.get("BACKEND") not in LONELY_CACHES:
        return []
    hint = "Count in Redis or Memcached: STRIPE_RATE_LIMIT_CACHE names the alias."
    text = "Requests are counted in a cache that the site's processes do not share."
    return [checks.Warning(text, hint=hint, id="django_stripe_payments.W006")]


@register(Tags.security)
def check_trusted_proxies(**_context: Any) -> list[CheckMessage]:
    """E023: the number of proxies is a number."""
    count = settings.STRIPE_TRUSTED_PROXIES
    if type(count) is int and count >= 0:
        return []
    hint = "Give how many of your own proxies append to X-Forwarded-For: 0, 1, 2 …"
    return [_error("E023", "STRIPE_TRUSTED_PROXIES is not a number of proxies.", hint)]


@register(Tags.security)
def check_webhook_networks(**_context: Any) -> list[CheckMessage]:
    """E024: the networks of the allow-list are networks."""
    hint = 'Give a list such as ["192.0.2.0/24", "2001:db8::/32"].'
    networks = settings.STRIPE_WEBHOOK_ALLOWED_NETWORKS
    if isinstance(networks, str):
        return [_error("E024", "STRIPE_WEBHOOK_ALLOWED_NETWORKS is no list.", hint)]
    return [
        _error("E024", f"STRIPE_WEBHOOK_ALLOWED_NETWORKS: {problem}", hint)
        for text in networks
        if (problem := _problem(addresses.network, text))
    ]


@register()
def check_fraud_settings(**_context: Any) -> list[CheckMessage]:
    """E025: fraud rules can be imported, and their numbers are numbers."""
    hint = "Give dotted paths of functions, and whole numbers above zero."
    found = [
        _error("E025", f"STRIPE_FRAUD_RULES: {problem}", hint)
        for path in settings.STRIPE_FRAUD_RULES
        if (problem := _problem(import_string, path))
    ]
    for name in ("STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR", "STRIPE_FRAUD_MAX_DECLINES_PER_DAY"):
        number = getattr(settings, name)
        if type(number) is not int or number < 1:
            found.append(_error("E025", f"{name} is not a whole number above zero.", hint))
    return found


@register()
def check_sums(**_context: Any) -> list[CheckMessage]:
    """E026: sums by currency are exact amounts."""
    hint = 'Give amounts in the major unit, not floats: {"usd": "500", "jpy": 50000}.'
    return [
        _error("E026", f"{name}[{currency!r}]: {problem}", hint)
        for name in ("STRIPE_THREE_D_SECURE_THRESHOLD", "STRIPE_FRAUD_LARGE_FIRST_PAYMENT")
        for currency, amount in getattr(settings, name).items()
        if (problem := _problem(_check_sum, currency, amount))
    ]


def _check_sum(currency: str, amount: Any) -> None:
    if currency != money.normalize_currency(currency):
        msg = "currencies are written in lower case."
        raise ValueError(msg)
    money.to_minor(amount, currency)


@register()
def check_radar_metadata(**_context: Any) -> list[CheckMessage]:
    """E027: the function that adds metadata for Radar can be imported."""
    path = settings.STRIPE_RADAR_METADATA
    problem = path and _problem(import_string, path)
    hint = "Give the dotted path of a function that takes a payment and returns a dict."
    return [_error("E027", f"STRIPE_RADAR_METADATA: {problem}", hint)] if problem else []


@register()
def check_history_page_size(**_context: Any) -> list[CheckMessage]:
    """E028: a page of the history has room for a payment."""
    size = settings.STRIPE_HISTORY_PAGE_SIZE
    if type(size) is int and size > 0:
        return []
    hint = "Give a whole number above zero."
    return [_error("E028", "STRIPE_HISTORY_PAGE_SIZE is no page size.", hint)]


def _problem(examine: Callable[..., Any], *arguments: Any) -> str:
    """Return what ``examine`` finds wrong, or an empty string."""
    try:
        examine(*arguments)
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        return str(error) or type(error).__name__
    return ""
