"""System checks of channels, and of the types that use them."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from .. import types
from ..channels import Channel, all_channels
from ..channels.push import PushChannel
from ..channels.push_keys import vapid_headers
from ..conf import settings


@register
def check_retry_days(**_: Any) -> list[CheckMessage]:
    """E023: NOTIFICATION_RETRY_DAYS does not map channels to positive numbers of days."""
    days = settings.NOTIFICATION_RETRY_DAYS
    # A channel that ships may be named although this site does not use it.
    known = {*_known_channels(), "*", "email", "push", "webhook"}
    if not isinstance(days, dict):
        problems = [f"NOTIFICATION_RETRY_DAYS is {days!r}, and not a dictionary."]
    else:
        problems = [
            f"NOTIFICATION_RETRY_DAYS names {name!r}, which is not a channel."
            for name in days
            if name not in known
        ]
        problems += [
            f"NOTIFICATION_RETRY_DAYS[{name!r}] must be a positive number of days, not {value!r}."
            for name, value in days.items()
            if not _is_length(value)
        ]
    hint = 'Use {"email": 5, "*": 2}: days for each channel, and for the others.'
    return [Error(each, hint=hint, id="django_inapp_notifications.E023") for each in problems]


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


def _is_length(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
