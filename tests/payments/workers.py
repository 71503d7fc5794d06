"""Real workers, in processes of their own, of Celery and of Django's tasks."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import connections

#: Seconds after which a worker that has not done its work has failed.
PATIENCE = 30


class Workers:
    """Starts workers, and stops what is left of them."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.log = folder / "workers.log"
        self.environment = {
            **os.environ,
            **environment,
            "DJANGO_SETTINGS_MODULE": "tests.payments.worker_site",
            "DATABASE_NAME": str(connections["default"].settings_dict["NAME"]),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                env={**self.environment, **environment},
                cwd=Path(__file__).parents[2],
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    @property
    def command(self) -> list[str]:
        raise NotImplementedError

    def die(self, mark: Path) -> None:
        """Start a worker, and wait until it was killed in the middle of a receiver."""
        killed = self.start(DIE_IN_RECEIVER=str(mark))
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


class CeleryWorkers(Workers):
    @property
    def command(self) -> list[str]:
        # Solo: one process, so that killing it is killing the worker.
        options = ["--pool", "solo", "--loglevel", "WARNING"]
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return ["celery", "-A", "tests.payments.worker_site", "worker", *options, *alone]


class DatabaseWorkers(Workers):
    @property
    def command(self) -> list[str]:
        return ["django", "db_worker", "--interval", "0.05", "--no-startup-delay"]


KINDS: dict[str, type[Workers]] = {"celery": CeleryWorkers, "django_tasks": DatabaseWorkers}


@contextlib.contextmanager
def workers(kind: str, folder: Path, **environment: Any) -> Iterator[Workers]:
    made = KINDS[kind](folder, STRIPE_DISPATCHER=kind, **environment)
    try:
        yield made
    finally:
        made.stop()
