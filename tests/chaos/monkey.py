"""kill -9 of something every few seconds, and now and then SIGSTOP instead.

The broker, the database and the sandbox crash once each.
"""

import threading
from collections.abc import Callable
from random import Random

from tests.chaos.world import Servers

#: Seconds from the moment when all is up to the next kill.
PAUSE = (0.5, 3.0)

#: How many die at the same moment.
AT_ONCE = (1, 1, 1, 2, 3)

#: One round in so many stops a process instead, and for how long: the last is longer than the
#: lease of an event.
STOPPING, STOPPED = 8, (1, 3, 35)


class Monkey(threading.Thread):
    """Kills until it is told to stop.

    It lets processes come up before it kills again, so that a slow machine gets something done:
    what dies, dies at work. The broker dies when a third of the customers are done, the database
    at two thirds, and what else is to crash halfway.
    """

    def __init__(self, servers: Servers, seed: int, progress: Callable[[], float]) -> None:
        super().__init__(daemon=True)
        self._servers, self._progress = servers, progress
        self._random = Random(f"monkey {seed}")  # noqa: S311
        self._enough = threading.Event()
        self._crashes = {
            "broker": (1 / 3, servers.restart_broker),
            "database": (2 / 3, servers.restart_database),
            **{name: (1 / 2, crash) for name, crash in servers.other_crashes().items()},
        }
        self.crashed: list[str] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            while not self._enough.is_set():
                self._wait_until_all_are_up()
                self._enough.wait(self._random.uniform(*PAUSE))
                self._strike()
                self._servers.after_kill()
                self._crash_a_server()
        except Exception as error:  # shown by whoever joins
            self.error = error

    def _strike(self) -> None:
        supervisor, victims = self._servers.supervisor, self._servers.victims
        if self._random.randrange(STOPPING) == 0:
            supervisor.pause(self._random.choice(victims), self._random.choice(STOPPED))
            return
        for victim in self._random.sample(victims, self._random.choice(AT_ONCE)):
            supervisor.kill(victim)

    def stop(self) -> None:
        """Stop; whatever was to crash and did not yet, crashes now."""
        self._enough.set()
        self.join()
        for name in list(self._crashes):
            self._do(name)
        if self.error is not None:
            raise self.error

    def _wait_until_all_are_up(self) -> None:
        while not all(map(self._servers.supervisor.is_ready, self._servers.victims)):
            if self._enough.wait(0.1):
                return

    def _crash_a_server(self) -> None:
        for name, (when, _) in list(self._crashes.items()):
            if self._progress() >= when:
                self._do(name)

    def _do(self, name: str) -> None:
        _, crash = self._crashes.pop(name)
        crash()
        self.crashed.append(name)
