"""The sandbox's idea of now, which tests may move."""

import threading
import time


class Clock:
    """Real time plus whatever :meth:`advance` added."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Seconds since 1970, UTC."""
        with self._lock:
            return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._ahead += seconds
