"""What a user wants to receive, by which channel, and when."""

from .choices import (
    Preferences,
    change_settings,
    follow,
    followers,
    load,
    mute_object,
    set_channel,
    set_frequency,
    set_type,
    unfollow,
)

__all__ = [
    "Preferences",
    "change_settings",
    "follow",
    "followers",
    "load",
    "mute_object",
    "set_channel",
    "set_frequency",
    "set_type",
    "unfollow",
]
