"""Faults on demand for the next calls of the API.

``cut`` executes the call and breaks the connection instead of answering. ``error`` answers a 5xx
or 429, and executes first if ``executed`` is set. ``hang`` waits until it is released, and executes
then.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

from ..wire import errors
from ..wire.errors import ApiError

KINDS = ("cut", "error", "hang")

#: Seconds after which a hanging call resumes by itself, so that no test hangs forever.
LONGEST_HANG = 60.0


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to the next ``times`` calls of ``method`` whose path contains ``path``."""

    kind: str
    method: str = ""
    path: str = ""
    times: int = 1
    #: Calls that match are spared first.
    after: int = 0
    #: Status of an ``error``.
    status: int = 500
    #: Seconds that a 429 names in its header ``Retry-After``; 0 for none.
    retry_after: int = 0
    #: Whether an ``error`` comes after the call was executed.
    executed: bool = False
    #: A call is hanging.
    reached: threading.Event = field(default_factory=threading.Event, repr=False)
    released: threading.Event = field(default_factory=threading.Event, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A fault is one of {', '.join(KINDS)}; {self.kind!r} is not.")

    def matches(self, method: str, path: str) -> bool:
        return self.path in path and self.method.upper() in ("", method)

    def hang(self) -> None:
        self.reached.set()
        self.released.wait(LONGEST_HANG)

    def release(self) -> None:
        """Let hanging calls resume."""
        self.released.set()

    def error(self) -> ApiError:
        return errors.rate_limited() if self.status == 429 else errors.server_error(self.status)

    def headers(self) -> dict[str, str]:
        """Return what the answer of an ``error`` carries besides."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}

    def as_json(self) -> dict[str, Any]:
        shown = ("kind", "method", "path", "times", "after", "status", "retry_after", "executed")
        return {name: getattr(self, name) for name in shown}


class Faults:
    """The faults that wait for their calls. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._all: list[Fault] = []

    def add(self, kind: str, **options: Any) -> Fault:
        """Prepare a fault; ``options`` are the fields of :class:`Fault`."""
        fault = Fault(kind=kind, **options)
        with self._lock:
            self._waiting.append(fault)
            self._all.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of this call, and use it up."""
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(method, path):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_json() for fault in self._waiting]

    def clear(self) -> None:
        """Forget what waits, and release what hangs."""
        with self._lock:
            self._waiting.clear()
            released, self._all = self._all, []
        for fault in released:
            fault.release()
