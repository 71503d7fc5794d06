"""For support: the admin shows everything and changes little."""

from .inbox import InboxStateAdmin, MessageAdmin, NotificationAdmin
from .numbers import DailyNumberAdmin
from .outbox import ChannelStateAdmin, DeliveryAdmin, DigestAdmin
from .preferences import (
    NotificationPreferenceAdmin,
    NotificationSettingsAdmin,
    PreferenceChangeAdmin,
)
from .push import DeviceAdmin, PushSubscriptionAdmin

__all__ = [
    "ChannelStateAdmin",
    "DailyNumberAdmin",
    "DeliveryAdmin",
    "DeviceAdmin",
    "DigestAdmin",
    "InboxStateAdmin",
    "MessageAdmin",
    "NotificationAdmin",
    "NotificationPreferenceAdmin",
    "NotificationSettingsAdmin",
    "PreferenceChangeAdmin",
    "PushSubscriptionAdmin",
]
