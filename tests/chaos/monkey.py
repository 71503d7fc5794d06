"""kill -9 of something every few seconds; the broker and the database crash once each."""

import threading
from collections.abc import Callable
from random import Random

from tests.chaos.world import BROKER, VICTIMS, World

#: Seconds between two kills.
PAUSE = (1.5, 4.0)


class Monkey(threading.Thread):
    """Kills until it is told to stop.

    The broker dies when a third of the customers are done, the database at two thirds.
    """

    def __init__(self, world: World, seed: int, progress: Callable[[], float]) -> None:
        super().__init__(daemon=True)
        self._world, self._progress = world, progress
        self._random = Random(f"monkey {seed}")  # noqa: S311
        self._enough = threading.Event()
        self._crashes = {"broker": (1 / 3, self._crash_broker), "database": (2 / 3, self._crash)}
        self.crashed: list[str] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            while not self._enough.wait(self._random.uniform(*PAUSE)):
                self._world.supervisor.kill(self._random.choice(VICTIMS))
                self._crash_a_server()
        except Exception as error:  # shown by whoever joins
            self.error = error

    def stop(self) -> None:
        """Stop; whatever was to crash and did not yet, crashes now."""
        self._enough.set()
        self.join()
        for name in list(self._crashes):
            self._do(name)
        if self.error is not None:
            raise self.error

    def _crash_a_server(self) -> None:
        for name, (when, _) in list(self._crashes.items()):
            if self._progress() >= when:
                self._do(name)

    def _do(self, name: str) -> None:
        _, crash = self._crashes.pop(name)
        crash()
        self.crashed.append(name)

    def _crash_broker(self) -> None:
        # It saves nothing: every kick that waits is lost.
        self._world.supervisor.kill(BROKER)

    def _crash(self) -> None:
        self._world.restart_database()
