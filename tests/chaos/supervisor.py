"""Processes that are started again whenever they die."""

import contextlib
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.chaos import forked

Process = subprocess.Popen[bytes] | forked.Forked

#: Seconds between looks at the processes.
TICK = 0.1


class Supervisor:
    """Each process has a name and a log, and leads a group: killing it kills what it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.killed: Counter[str] = Counter()
        self.stopped: Counter[str] = Counter()
        self._starts: dict[str, Callable[[], Process]] = {}
        self._running: dict[str, Process] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._restart_the_dead, daemon=True)
        self._watch.start()

    def keep(self, name: str, *command: object) -> None:
        """Start a command, and keep it running."""
        words = [str(word) for word in command]
        self._keep(name, lambda: _command(words, self.log(name)))

    def keep_forked(self, name: str, work: Callable[..., None], *given: object) -> None:
        """Start a function in a process forked from one that loaded the site, and keep it so."""
        self._keep(name, lambda: forked.Forked(self.log(name), self._mark(name), work, *given))

    def _keep(self, name: str, start: Callable[[], Process]) -> None:
        with self._lock:
            self._starts[name] = start
            self._start(name)

    def again(self, *names: str) -> None:
        """Start processes that were let go."""
        for name in names:
            self._keep(name, self._starts[name])

    def kill(self, name: str) -> None:
        """kill -9; the next look starts it again."""
        with self._lock:
            process = self._running.get(name)
            if process is not None and process.poll() is None:
                self.killed[name] += 1
                _signal(process, signal.SIGKILL)

    def pause(self, name: str, seconds: float) -> None:
        """SIGSTOP, and SIGCONT so many seconds later, as if its machine had been suspended."""
        with self._lock:
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                return
            self.stopped[name] += 1
            _signal(process, signal.SIGSTOP)
        timer = threading.Timer(seconds, _signal, [process, signal.SIGCONT])
        timer.daemon = True
        timer.start()

    def next_start(self, name: str, *command: object) -> None:
        """Start it by another command from the next time on."""
        words = [str(word) for word in command]
        with self._lock:
            self._starts[name] = lambda: _command(words, self.log(name))

    def runs(self, name: str) -> bool:
        """Whether the process runs."""
        with self._lock:
            process = self._running.get(name)
            return process is not None and process.poll() is None

    def is_ready(self, name: str) -> bool:
        """Whether the process runs and said that it has started."""
        with self._lock:
            process = self._running.get(name)
            return process is not None and process.poll() is None and self._mark(name).exists()

    def let_go(self, *names: str) -> None:
        """Stop processes in good order, and keep them stopped."""
        with self._lock:
            going = [self._running.pop(name) for name in names if name in self._running]
        for process in going:
            _signal(process, signal.SIGCONT)
            _signal(process, signal.SIGTERM)
        for process in going:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def close(self) -> None:
        self._over.set()
        self._watch.join()
        self.let_go(*self._running)

    def _mark(self, name: str) -> Path:
        return self.folder / f"{name}.ready"

    def _start(self, name: str) -> None:
        self._mark(name).unlink(missing_ok=True)
        self._running[name] = self._starts[name]()

    def _restart_the_dead(self) -> None:
        while not self._over.wait(TICK):
            with self._lock:
                for name, process in self._running.items():
                    if process.poll() is not None:
                        # Whatever outlived its parent.
                        _signal(process, signal.SIGKILL)
                        self._start(name)


def _command(words: list[str], log: Path) -> Process:
    with log.open("ab") as output:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )


def _signal(process: Process, number: int) -> None:
    # A process that was forked a moment ago may not lead its group yet.
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
