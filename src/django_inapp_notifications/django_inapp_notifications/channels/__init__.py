"""The channels that this site uses, by name."""

from functools import lru_cache

from django.utils.module_loading import import_string

from ..conf import settings
from ..exceptions import UnknownChannel
from .base import Channel

__all__ = ["IN_APP", "Channel", "all_channels", "get", "outside_channels"]

IN_APP = "in_app"


@lru_cache(maxsize=16)
def _load(paths: tuple[str, ...]) -> dict[str, Channel]:
    channels = [import_string(path)() for path in paths]
    return {channel.name: channel for channel in channels}


def all_channels() -> dict[str, Channel]:
    """Name to channel, in the order of NOTIFICATION_CHANNELS."""
    return _load(tuple(settings.NOTIFICATION_CHANNELS))


def outside_channels() -> dict[str, Channel]:
    """All but the inbox itself."""
    return {name: channel for name, channel in all_channels().items() if name != IN_APP}


def get(name: str) -> Channel:
    """The channel, or UnknownChannel."""
    try:
        return all_channels()[name]
    except KeyError:
        raise UnknownChannel(
            f"There is no channel {name!r} in NOTIFICATION_CHANNELS, "
            f"which has {', '.join(all_channels())}."
        ) from None
