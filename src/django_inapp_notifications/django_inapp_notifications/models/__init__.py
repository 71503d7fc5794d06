from .. import conf as _conf  # the settings' defaults, before anything reads them
from .content import DedupeKey, Message, Priority
from .device import Device
from .groups import NotificationGroup
from .inbox import Notification, NotificationQuerySet
from .numbers import DailyNumber
from .outbox import ChannelState, Delivery, Digest, PendingRecipients, Status
from .preferences import (
    ALL_TYPES,
    Frequency,
    NotificationPreference,
    NotificationSettings,
    ObjectPreference,
    PreferenceChange,
)
from .push import PushSubscription
from .state import Folder, InboxState

__all__ = [
    "ALL_TYPES",
    "ChannelState",
    "DailyNumber",
    "DedupeKey",
    "Delivery",
    "Device",
    "Digest",
    "Folder",
    "Frequency",
    "InboxState",
    "Message",
    "Notification",
    "NotificationGroup",
    "NotificationPreference",
    "NotificationQuerySet",
    "NotificationSettings",
    "ObjectPreference",
    "PendingRecipients",
    "PreferenceChange",
    "Priority",
    "PushSubscription",
    "Status",
]

del _conf
