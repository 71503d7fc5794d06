from .. import conf as _conf  # the settings' defaults, before anything reads them
from .content import DedupeKey, Message, Priority
from .groups import NotificationGroup
from .inbox import InboxState, Notification, NotificationQuerySet, Place
from .outbox import ChannelState, Delivery, Digest, FanOut, Status
from .preferences import (
    ALL_TYPES,
    Frequency,
    NotificationPreference,
    NotificationSettings,
    ObjectPreference,
    PreferenceChange,
)

__all__ = [
    "ALL_TYPES",
    "ChannelState",
    "DedupeKey",
    "Delivery",
    "Digest",
    "FanOut",
    "Frequency",
    "InboxState",
    "Message",
    "Notification",
    "NotificationGroup",
    "NotificationPreference",
    "NotificationQuerySet",
    "NotificationSettings",
    "ObjectPreference",
    "Place",
    "PreferenceChange",
    "Priority",
    "Status",
]

del _conf
