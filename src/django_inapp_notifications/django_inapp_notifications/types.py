"""Notification types: declared in code, registered once, named by their slug.

Put them into a module ``notification_types.py`` of any installed app, which is imported at
start-up::

    from django_inapp_notifications.types import NotificationType, register

    register(NotificationType("tournament", label=_("Tournaments"), channels=("in_app", "email")))
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise

from .exceptions import UnknownType

__all__ = ["NotificationType", "all_types", "find", "get", "offered_to", "register", "unregister"]

SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")

type_registry: dict[str, "NotificationType"] = {}


class Access(Protocol):
    """Given a recipient and some of their notifications, returns those that they may still see.

    The rows are `models.Notification`, which this module stands below.
    """

    def __call__(self, user: Any, notifications: list[Any], /) -> Iterable[Any]: ...


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """At most `limit` deliveries per recipient and channel in any `period`.

    Dispatchers that work at the same moment do not wait for each other: each counts what was
    sent before and what it sends itself, so one more may leave for each of them.
    """

    limit: int
    period: timedelta


@dataclass(frozen=True)
class NotificationType:
    """What all notifications of one kind share.

    `slug` is stored with every notification: never rename it once it was used.
    """

    slug: str
    label: str | Promise = ""
    description: str | Promise = ""
    #: Heading under which the preferences page lists the type.
    group: str | Promise = ""
    #: Channels that are used unless the recipient says otherwise.
    channels: tuple[str, ...] = ("in_app",)
    #: The recipient cannot switch off its default channels.
    locked: bool = False
    #: Passes quiet hours and digests, whatever its priority.
    urgent: bool = False
    #: Owed to the recipient (a receipt, a password): mail of it offers no unsubscribing.
    transactional: bool = False
    throttle: Throttle | None = None
    #: May be held back and sent as one line of a digest.
    digestible: bool = True
    #: Outside channels wait this long, and send only what is still unread then.
    unread_for: timedelta | None = None
    #: How long a notification is of any use, unless its sender says so.
    expires_after: timedelta | None = None
    #: Parameters for the preview of its templates.
    sample: Mapping[str, Any] = field(default_factory=dict)
    access: Access | None = None
    #: Given a user, says whether their preferences page offers the type; None offers it to all.
    #: It hides a row that would mean nothing to them, and does not stop anything from being sent.
    offered_to: Callable[[Any], bool] | None = None

    def __post_init__(self) -> None:
        if not SLUG.match(self.slug):
            raise ImproperlyConfigured(
                f"The notification type {self.slug!r} needs a slug of at most 64 lower-case "
                "letters, digits, '_', '.' and '-'."
            )

    def __str__(self) -> str:
        return str(self.label) or self.slug.replace("_", " ").replace(".", " ").capitalize()


def register(notification_type: NotificationType) -> NotificationType:
    """Make a type known. An equal one may be registered again; a different one is an error."""
    known = type_registry.get(notification_type.slug)
    if known is not None and known != notification_type:
        raise ImproperlyConfigured(
            f"Two different notification types are called {notification_type.slug!r}: rename one."
        )
    type_registry[notification_type.slug] = notification_type
    return notification_type


def unregister(slug: str) -> None:
    """Forget a type. What was sent of it stays readable."""
    type_registry.pop(slug, None)


def get(slug: str) -> NotificationType:
    """The registered type, or UnknownType."""
    try:
        return type_registry[slug]
    except KeyError:
        raise UnknownType(
            f"No notification type {slug!r} is registered. Register it in a module "
            f"notification_types.py of an installed app: register(NotificationType({slug!r})). "
            f"Known are: {', '.join(sorted(type_registry)) or 'none'}."
        ) from None


def find(slug: str) -> NotificationType:
    """The registered type, or a stand-in for one that a later release of the site removed."""
    return type_registry.get(slug) or NotificationType(slug if SLUG.match(slug) else "unknown")


def offered_to(user: Any) -> list[NotificationType]:
    """The types that a user's preferences page shows, in the order of `all_types`."""
    return [each for each in all_types() if each.offered_to is None or each.offered_to(user)]


def all_types() -> list[NotificationType]:
    """All registered types, by group and label as the preferences page shows them."""
    return sorted(type_registry.values(), key=lambda each: (str(each.group), str(each), each.slug))
