"""What this app raises. Each error says how to fix it."""

from django.core.exceptions import ImproperlyConfigured

__all__ = [
    "ChannelDown",
    "ConfigurationError",
    "DedupeConflict",
    "InvalidNotification",
    "NotificationError",
    "PermanentFailure",
    "ProviderRefusal",
    "TemporaryFailure",
    "UnknownChannel",
    "UnknownType",
    "UnsafeLink",
]


class NotificationError(Exception):
    """Base of this app's errors. Never raised itself."""


class ConfigurationError(NotificationError, ImproperlyConfigured):
    """A setting is missing, or refers to a package that is not installed."""


class UnknownType(NotificationError, LookupError):
    """No notification type of this name was registered."""


class UnknownChannel(NotificationError, LookupError):
    """No channel of this name is listed in NOTIFICATION_CHANNELS."""


class InvalidNotification(NotificationError, ValueError):
    """The content, recipient or time of a notification cannot be accepted."""


class UnsafeLink(InvalidNotification):
    """An action URL leads off the site, or is not a web address."""


class TemporaryFailure(NotificationError):
    """Raise it in a channel when trying again later may help."""


class ChannelDown(TemporaryFailure):
    """Raise it in a channel that is down for all users. A few of these pause the channel."""


class PermanentFailure(NotificationError):
    """Raise it in a channel when this recipient cannot be reached by trying again."""


class ProviderRefusal(PermanentFailure):
    """Raise it in a channel when the site's own provider refuses an item for good.

    Some of these in a row with the same words (but for addresses and numbers) are taken for the
    channel's trouble: it is paused, and no further item is given up.
    """


class DedupeConflict(NotificationError):
    """A dedupe key was used before, with other content."""
