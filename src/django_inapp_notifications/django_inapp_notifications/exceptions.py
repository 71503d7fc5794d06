"""What this app raises. Each error says how to put it right."""

__all__ = [
    "DedupeConflict",
    "InvalidNotification",
    "NotificationError",
    "UnknownChannel",
    "UnknownType",
    "UnsafeLink",
]


class NotificationError(Exception):
    """Base of this app's errors. Never raised itself."""


class UnknownType(NotificationError, LookupError):
    """No notification type of this name was registered."""


class UnknownChannel(NotificationError, LookupError):
    """No channel of this name is listed in NOTIFICATION_CHANNELS."""


class InvalidNotification(NotificationError, ValueError):
    """The content, recipient or time of a notification cannot be accepted."""


class UnsafeLink(InvalidNotification):
    """An action URL leads off the site, or is no web address."""


class DedupeConflict(NotificationError):
    """A dedupe key was used before, with other content."""
