"""Types and channels as a user sees them: every cell with its value, chosen or default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import types
from ..channels import Channel, all_channels, outside_channels
from ..models import ALL_TYPES
from ..types import NotificationType
from .choices import Preferences, load


@dataclass(frozen=True)
class Cell:
    """One type on one channel."""

    channel: Channel
    enabled: bool
    #: Cannot be switched off.
    locked: bool


@dataclass(frozen=True)
class Row:
    """One type, with a cell for each channel."""

    kind: NotificationType
    cells: list[Cell]


@dataclass(frozen=True)
class ChannelChoice:
    """What holds for all types on one outside channel."""

    channel: Channel
    enabled: bool
    #: Frequency of its digests; "" sends at once.
    frequency: str


@dataclass(frozen=True)
class Grid:
    """All that a user can choose."""

    preferences: Preferences
    rows: list[Row]
    channels: list[ChannelChoice]


def grid(user: Any) -> Grid:
    """Return the choices of a user, in three queries."""
    mine = load([user.pk])[user.pk]
    rows = [_row(kind, mine) for kind in types.offered_to(user)]
    return Grid(mine, rows, [_choice(each, mine) for each in outside_channels().values()])


def _row(kind: NotificationType, mine: Preferences) -> Row:
    cells = []
    for channel in all_channels().values():
        own = mine.cells.get((kind.slug, channel.name))
        is_default = channel.name in kind.channels
        locked = kind.locked and is_default
        enabled = own.enabled if own is not None else is_default
        cells.append(Cell(channel, enabled or locked, locked))
    return Row(kind, cells)


def _choice(channel: Channel, mine: Preferences) -> ChannelChoice:
    own = mine.cells.get((ALL_TYPES, channel.name))
    return ChannelChoice(channel, own is None or own.enabled, own.frequency if own else "")
