"""Real workers, in processes of their own, of Celery and of Django's tasks."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connections

#: Seconds after which a worker that has not done its work has failed.
PATIENCE = 120

# Solo: one process, so that killing it is killing the worker.
CELERY = "worker --pool solo --loglevel WARNING --without-gossip --without-mingle"
DATABASE = "db_worker --interval 0.05 --no-startup-delay"
SWEEP = "stripe_deliver --forever --interval 0.05"


class Workers:
    """Starts workers of one site, and stops what is left of them.

    ``site`` is the module of the site's settings, in which Celery finds its app.
    """

    def __init__(self, kind: str, site: str, folder: Path, **environment: str) -> None:
        self.log = folder / "workers.log"
        commands = {
            "celery": ["celery", "-A", site, *CELERY.split()],
            "django_tasks": ["django", *DATABASE.split()],
            "sweep": ["django", *SWEEP.split()],
        }
        self.command = [sys.executable, "-m", *commands[kind]]
        self.environment = {
            **os.environ,
            **environment,
            "DJANGO_SETTINGS_MODULE": site,
            "DISPATCHER": "inline" if kind == "sweep" else kind,
            "DATABASE_NAME": str(connections["default"].settings_dict["NAME"]),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command,
                env={**self.environment, **environment},
                cwd=Path(__file__).parents[1],
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def die(self, **environment: str) -> None:
        """Start a worker, and wait until it was killed in the middle of its work."""
        killed = self.start(**environment)
        self.eventually(lambda: killed.poll() is not None)
        assert killed.returncode == -signal.SIGKILL, self.log.read_text(errors="replace")

    def eventually(self, happens: Callable[[], object]) -> None:
        """Wait until it is so, as long as a worker may need for it."""
        deadline = time.monotonic() + PATIENCE
        while not happens():
            assert time.monotonic() < deadline, self.log.read_text(errors="replace")
            time.sleep(0.02)

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait(PATIENCE)


@contextlib.contextmanager
def workers(kind: str, site: str, folder: Path, **environment: str) -> Iterator[Workers]:
    made = Workers(kind, site, folder, **environment)
    try:
        yield made
    finally:
        made.stop()
