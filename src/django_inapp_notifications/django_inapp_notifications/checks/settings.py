"""System checks: one function per rule, each with a stable id."""

from typing import Any

from django.apps import apps
from django.core import checks
from django.core.cache import InvalidCacheBackendError, caches
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from ..conf import settings
from ..content.links import parse_base
from ..dispatch import SHORT_NAMES, Dispatcher
from .moved import MOVED

POSITIVE = [
    "EMAIL_TIMEOUT",
    "INLINE_LIMIT",
    "BATCH_SIZE",
    "LEASE_SECONDS",
    "MAX_ATTEMPTS",
    "RETRY_SECONDS",
    "BREAKER_FAILURES",
    "BREAKER_SECONDS",
    "POLL_SECONDS",
    "BADGE_CAP",
    "RECENT_COUNT",
    "PAGE_SIZE",
    "CACHE_SECONDS",
    "CHUNK_SIZE",
    "MAX_PINNED",
    "PUSH_TTL",
]
POSITIVE_OR_NONE = ["EXPIRY_DAYS", "MAX_PER_USER"]


@register
def check_numbers(**_: Any) -> list[CheckMessage]:
    """E001: a numeric setting is not a positive whole number."""
    wrong = [name for name in POSITIVE if not _positive(name)]
    wrong += [
        name for name in POSITIVE_OR_NONE if _setting(name) is not None and not _positive(name)
    ]
    return [
        Error(
            f"NOTIFICATION_{name} must be a positive whole number.",
            id="django_inapp_notifications.E001",
        )
        for name in wrong
    ]


@register
def check_cache(**_: Any) -> list[CheckMessage]:
    """E002: NOTIFICATION_CACHE names a cache that CACHES does not define."""
    alias = settings.NOTIFICATION_CACHE
    try:
        if alias:
            caches[alias]
    except InvalidCacheBackendError:
        return [
            Error(
                f"NOTIFICATION_CACHE is {alias!r}, which CACHES does not define.",
                hint="Use a name from CACHES, or None to turn the cache off.",
                id="django_inapp_notifications.E002",
            )
        ]
    return []


@register
def check_base_url(**_: Any) -> list[CheckMessage]:
    """E003: NOTIFICATION_BASE_URL is not an address that links can start with."""
    base = settings.NOTIFICATION_BASE_URL
    try:
        if base:
            parse_base(base)
    except ValueError as error:
        return [
            Error(
                f"NOTIFICATION_BASE_URL is {base!r}: {error}",
                hint='Use the address of this site, such as "https://example.com".',
                id="django_inapp_notifications.E003",
            )
        ]
    return []


@register
def check_site_id(**_: Any) -> list[CheckMessage]:
    """W011: links in mail have no host: neither NOTIFICATION_BASE_URL nor SITE_ID is set."""
    has_sites = apps.is_installed("django.contrib.sites")
    if settings.NOTIFICATION_BASE_URL or not has_sites or getattr(settings, "SITE_ID", None):
        return []
    return [
        checks.Warning(
            "NOTIFICATION_BASE_URL and SITE_ID are not set, so mail and push have no links.",
            hint='Set NOTIFICATION_BASE_URL = "https://example.com", or SITE_ID.',
            id="django_inapp_notifications.W011",
        )
    ]


@register
def check_link_hosts(**_: Any) -> list[CheckMessage]:
    """W004: NOTIFICATION_LINK_HOSTS contains a pattern, which matches no host."""
    literal = [
        host
        for host in settings.NOTIFICATION_LINK_HOSTS
        if host.startswith(".") or "*" in host or "/" in host
    ]
    return [
        checks.Warning(
            f"NOTIFICATION_LINK_HOSTS contains {host!r}, which matches no host.",
            hint='Hosts are compared literally. List each one, such as "shop.example.com".',
            id="django_inapp_notifications.W004",
        )
        for host in literal
    ]


@register
def check_dispatcher(**_: Any) -> list[CheckMessage]:
    """E008: NOTIFICATION_DISPATCHER is not a dispatcher."""
    name = settings.NOTIFICATION_DISPATCHER
    if name in MOVED:  # E022 reports it
        return []
    try:
        known = issubclass(import_string(SHORT_NAMES.get(name, name)), Dispatcher)
    except (ImportError, TypeError, AttributeError):
        known = False
    if known:
        return []
    return [
        Error(
            f"NOTIFICATION_DISPATCHER is {name!r}, which is not a dispatcher.",
            hint='Use "inline", "celery", "django_tasks", "none" or the dotted path of a subclass '
            "of dispatch.Dispatcher.",
            id="django_inapp_notifications.E008",
        )
    ]


def _setting(name: str) -> Any:
    return getattr(settings, f"NOTIFICATION_{name}")


def _positive(name: str) -> bool:
    value = _setting(name)
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
