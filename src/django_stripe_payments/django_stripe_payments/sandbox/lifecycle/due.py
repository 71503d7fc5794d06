"""What happens by itself in time: payments settle, refunds end, money becomes available."""

import logging
from collections.abc import Callable, Iterable

from ..world.world import World
from . import refunding, releasing, settlement

logger = logging.getLogger(__name__)

#: What the timetable can do: name -> what does it to an id (or, to release, a currency).
ACTIONS: dict[str, Callable[[World, str], None]] = {
    "release": releasing.release,
    "refund": refunding.finish_by_itself,
    "settle": settlement.settle_by_itself,
}


def do(world: World, due: Iterable[tuple[str, str]]) -> None:
    """Do each action to its id. One that fails is logged, and the others are done."""
    for action, identifier in due:
        try:
            ACTIONS[action](world, identifier)
        except Exception:
            logger.exception("The sandbox could not %s %s", action, identifier)
