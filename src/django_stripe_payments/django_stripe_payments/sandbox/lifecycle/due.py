"""What happens by itself in time: payments settle, refunds end, money becomes available."""

import logging
from collections.abc import Iterable

from ..world.timetable import ACTIONS
from ..world.world import World

logger = logging.getLogger(__name__)


def do(world: World, due: Iterable[tuple[str, str]]) -> None:
    """Do each action to its id. One that fails is logged, and the others are done."""
    for action, identifier in due:
        try:
            ACTIONS[action](world, identifier)
        except Exception:
            logger.exception("The sandbox could not %s %s", action, identifier)
