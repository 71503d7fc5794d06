"""Leave it to a worker, and answer at once."""

import logging
import time
from collections.abc import Iterable

from ..database.transactions import after_commit
from . import Dispatcher

logger = logging.getLogger(__name__)

#: Function of ``work`` → what its argument names, for the log: see ``logs.KEYS``.
ABOUT = {"process_event": "event", "announce_facts": "fact"}

#: Seconds without a wake-up after one that failed. A broker that does not answer must not cost
#: every request its timeout; what comes in between is the sweep's.
PAUSE = 5.0

paused_until = 0.0


class BackgroundDispatcher(Dispatcher):
    """Base of the dispatchers that wake a worker. A subclass says how, in ``wake``.

    A wake-up that fails is logged and forgotten: the row is committed, and the sweep finds it.
    """

    def wake(self, task: str, argument: str | list[str]) -> None:
        """Ask a worker to call the function of this name in ``workers.work``; may raise."""
        raise NotImplementedError

    def event_stored(self, stripe_id: str) -> bool:
        self._after_commit("process_event", stripe_id)
        return True

    def facts_written(self, keys: Iterable[str]) -> None:
        if names := list(keys):
            self._after_commit("announce_facts", names)

    def _after_commit(self, task: str, argument: str | list[str]) -> None:
        # A worker that is faster than our commit would find nothing.
        after_commit(lambda: self._wake(task, argument))

    def _wake(self, task: str, argument: str | list[str]) -> None:
        global paused_until
        names = argument if isinstance(argument, str) else ", ".join(argument)
        about = {ABOUT[task]: names}
        if time.monotonic() < paused_until:
            text = "No wake-up for %s of %s so soon: the sweep does it."
            logger.warning(text, task, names, extra=about)
            return
        try:
            self.wake(task, argument)
        except Exception as error:
            paused_until = time.monotonic() + PAUSE
            text = "No wake-up for %s of %s, the sweep does it: %r"
            logger.error(text, task, names, error, extra=about)
