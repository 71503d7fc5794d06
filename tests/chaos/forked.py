"""Processes forked from one that has loaded the site, by the standard library's fork server."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from tests.chaos import ready

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.chaos.preload"])


class Forked:
    """A running process, with what the supervisor uses of ``subprocess.Popen``."""

    def __init__(self, log: Path, mark: Path, work: Callable[..., None], *given: object) -> None:
        self._process = _context.Process(target=_live, args=(log, mark, work, given))
        self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> None:
        """Wait for its end; raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)


def _live(log: Path, mark: Path, work: Callable[..., None], given: tuple[object, ...]) -> None:
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number in (1, 2):
        os.dup2(output, number)
    threading.Thread(target=_die_with_the_test, daemon=True).start()
    os.environ[ready.VARIABLE] = str(mark)
    work(*given)


def _die_with_the_test() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os.killpg(0, signal.SIGKILL)
