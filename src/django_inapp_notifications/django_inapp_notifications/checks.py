"""System checks: one function per rule, each with a stable id."""

from typing import Any

from django.core import checks
from django.core.cache import InvalidCacheBackendError, caches
from django.core.checks import CheckMessage, Error, Info, register

from . import types
from .conf import settings

POSITIVE = ["POLL_SECONDS", "BADGE_CAP", "RECENT_COUNT", "PAGE_SIZE", "CACHE_SECONDS", "CHUNK_SIZE"]
POSITIVE_OR_NONE = ["EXPIRY_DAYS", "MAX_PER_USER"]


@register
def check_numbers(**_: Any) -> list[CheckMessage]:
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
    alias = settings.NOTIFICATION_CACHE
    try:
        if alias:
            caches[alias]
    except InvalidCacheBackendError:
        return [
            Error(
                f"NOTIFICATION_CACHE names {alias!r}, which CACHES does not define.",
                hint="Name one of CACHES, or None to count unread notifications each time.",
                id="django_inapp_notifications.E002",
            )
        ]
    return []


@register
def check_base_url(**_: Any) -> list[CheckMessage]:
    base = settings.NOTIFICATION_BASE_URL
    if base and not base.startswith(("https://", "http://")):
        return [
            Error(
                "NOTIFICATION_BASE_URL must start with https:// (or http:// on your own machine).",
                id="django_inapp_notifications.E003",
            )
        ]
    return []


@register
def check_link_hosts(**_: Any) -> list[CheckMessage]:
    literal = [
        host
        for host in settings.NOTIFICATION_LINK_HOSTS
        if host.startswith(".") or "*" in host or "/" in host
    ]
    return [
        checks.Warning(
            f"NOTIFICATION_LINK_HOSTS contains {host!r}, which matches no host.",
            hint='Hosts are compared literally: write each of them out, as in "shop.example.com".',
            id="django_inapp_notifications.W004",
        )
        for host in literal
    ]


@register
def check_types(**_: Any) -> list[CheckMessage]:
    if types.all_types():
        return []
    return [
        Info(
            "No notification type is registered, so notify() will raise UnknownType.",
            hint="Register your types in a module notification_types.py of one of your apps.",
            id="django_inapp_notifications.I005",
        )
    ]


def _setting(name: str) -> Any:
    return getattr(settings, f"NOTIFICATION_{name}")


def _positive(name: str) -> bool:
    value = _setting(name)
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
