"""Base of dispatchers that leave deliveries to a worker."""

import logging
import time

from ..content.text import error_text
from . import Dispatcher

logger = logging.getLogger(__name__)

#: Seconds without a wake-up after one that failed. A broker that does not answer must not cost
#: every request its timeout; the sweep does what comes in between.
PAUSE = 5.0

paused_until = 0.0


class BackgroundDispatcher(Dispatcher):
    """Base of the dispatchers that wake a worker. A subclass says how, in ``wake``.

    A wake-up that fails is logged and forgotten: the rows are committed, and the sweep finds them.
    """

    def wake(self, task: str, *arguments: int) -> None:
        """Ask a worker to call the function of this name in ``workers.work``; may raise."""
        raise NotImplementedError

    def message_written(self, message_id: int) -> None:
        self._wake("deliver", message_id)

    def recipients_stored(self) -> None:
        self._wake("sweep")

    def _wake(self, task: str, *arguments: int) -> None:
        global paused_until
        if time.monotonic() < paused_until:
            logger.warning("No wake-up for %s%s so soon: the sweep does it.", task, arguments)
            return
        try:
            self.wake(task, *arguments)
        except Exception as error:
            paused_until = time.monotonic() + PAUSE
            text = "No wake-up for %s%s, the sweep does it: %s"
            logger.error(text, task, arguments, error_text(error))
