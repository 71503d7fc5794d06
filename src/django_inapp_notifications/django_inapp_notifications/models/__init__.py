from .. import conf as _conf  # the settings' defaults, before anything reads them
from .content import DedupeKey, Message, Priority
from .inbox import InboxState, Notification, NotificationQuerySet, Place

__all__ = [
    "DedupeKey",
    "InboxState",
    "Message",
    "Notification",
    "NotificationQuerySet",
    "Place",
    "Priority",
]

del _conf
