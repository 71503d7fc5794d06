"""The sandbox's idea of now, which tests and demos may move."""

import threading
import time


class Clock:
    """Real time plus an offset in seconds. Thread-safe."""

    def __init__(self, offset: float = 0.0) -> None:
        self._offset = offset
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Return seconds since 1970, UTC."""
        return time.time() + self.offset

    @property
    def offset(self) -> float:
        """How many seconds the clock is ahead of real time; negative if it is behind."""
        with self._lock:
            return self._offset

    @offset.setter
    def offset(self, seconds: float) -> None:
        with self._lock:
            self._offset = seconds

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._offset += seconds
