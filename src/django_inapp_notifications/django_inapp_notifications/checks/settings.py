"""System checks: one function per rule, each with a stable id."""

from typing import Any

from django.apps import apps
from django.core import checks
from django.core.cache import InvalidCacheBackendError, caches
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from .. import types
from ..channels import Channel, all_channels
from ..channels.push import PushChannel
from ..channels.push_keys import vapid_headers
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
def check_retry_days(**_: Any) -> list[CheckMessage]:
    """E023: NOTIFICATION_RETRY_DAYS is no dictionary of channels and positive numbers of days."""
    days = settings.NOTIFICATION_RETRY_DAYS
    # A channel that ships may be named although this site does not use it.
    known = {*_known_channels(), "*", "email", "push", "webhook"}
    if not isinstance(days, dict):
        problems = [f"NOTIFICATION_RETRY_DAYS is {days!r}, and not a dictionary."]
    else:
        problems = [
            f"NOTIFICATION_RETRY_DAYS names {name!r}, which is no channel."
            for name in days
            if name not in known
        ]
        problems += [
            f"NOTIFICATION_RETRY_DAYS[{name!r}] is {value!r}, which is no number of days."
            for name, value in days.items()
            if not _is_length(value)
        ]
    hint = 'Use {"email": 5, "*": 2}: days for each channel, and for the others.'
    return [Error(each, hint=hint, id="django_inapp_notifications.E023") for each in problems]


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
def check_channels(**_: Any) -> list[CheckMessage]:
    """E006: a path in NOTIFICATION_CHANNELS cannot be imported, or two channels share a name."""
    try:
        found = all_channels()
    except (ImportError, TypeError) as error:
        problem = str(error)
    else:
        doubled = len(found) < len(settings.NOTIFICATION_CHANNELS)
        problem = "Two channels have the same name." if doubled else ""
    if not problem:
        return []
    return [
        Error(
            f"NOTIFICATION_CHANNELS is invalid: {problem}",
            hint="List the dotted paths of Channel subclasses (see channels.base).",
            id="django_inapp_notifications.E006",
        )
    ]


@register
def check_type_channels(**_: Any) -> list[CheckMessage]:
    """W007: a type uses a channel that is not in NOTIFICATION_CHANNELS."""
    known = _known_channels()
    return [
        checks.Warning(
            f"The notification type {kind.slug!r} uses the unknown channel {name!r}.",
            hint="Add its class to NOTIFICATION_CHANNELS, or remove it from the type.",
            id="django_inapp_notifications.W007",
        )
        for kind in types.all_types()
        for name in kind.channels
        if known and name not in known
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


@register
def check_push(**_: Any) -> list[CheckMessage]:
    """E009: the push channel is on, but its packages, key or subject are missing."""
    if not any(isinstance(each, PushChannel) for each in _known_channels().values()):
        return []
    try:
        vapid_headers("https://push.example")
    except ImproperlyConfigured as error:
        return [Error(str(error), id="django_inapp_notifications.E009")]
    return []


@register
def check_types(**_: Any) -> list[CheckMessage]:
    """W005: no notification types are registered."""
    if types.all_types():
        return []
    return [
        checks.Warning(
            "No notification types are registered, so notify() will raise UnknownType.",
            hint="Register your types in notification_types.py in one of your apps.",
            id="django_inapp_notifications.W005",
        )
    ]


@register
def check_form_size(**_: Any) -> list[CheckMessage]:
    """W010: the preferences page sends more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS allows."""
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    # Each checkbox has a hidden field with its old value. Some forty fields are for channels,
    # hours and days.
    fields = 2 * len(types.all_types()) * len(_known_channels()) + 40
    if limit is None or fields <= limit:
        return []
    return [
        checks.Warning(
            f"The preferences page can send {fields} fields, but only {limit} are accepted.",
            hint="Raise DATA_UPLOAD_MAX_NUMBER_FIELDS, or offer fewer types (see offered_to).",
            id="django_inapp_notifications.W010",
        )
    ]


def _known_channels() -> dict[str, Channel]:
    try:
        return all_channels()
    except (ImportError, TypeError):  # E006 reports it
        return {}


def _setting(name: str) -> Any:
    return getattr(settings, f"NOTIFICATION_{name}")


def _is_length(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _positive(name: str) -> bool:
    value = _setting(name)
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
