"""On SQLite, --forever outlives another process that writes for seconds, and delivers then."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.notifications.support import busy_site

ROOT = Path(__file__).parents[3]
PATIENCE = 120  # seconds, on a machine that is busy itself


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Start a process of a site whose database is a file of its own."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.notifications.settings"}
    environment |= {"DATABASE": "sqlite", "DATABASE_FOLDER": str(tmp_path)}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    started: list[Any] = []

    with (tmp_path / "errors").open("w") as log:

        def run(command: str) -> Any:
            words = [sys.executable, busy_site.__file__, command]
            pipes: Any = {"stdout": subprocess.PIPE, "stderr": log, "text": True}
            started.append(subprocess.Popen(words, env=environment, cwd=ROOT, **pipes))
            return started[-1]

        yield run
        for process in started:
            process.kill()
            process.communicate()


def statuses(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "notifications.sqlite3", timeout=30)) as connection:
        rows = connection.execute("SELECT status FROM django_inapp_notifications_delivery")
        return {status for (status,) in rows}


def test_a_writer_of_some_seconds_does_not_end_it(
    start: Callable[[str], Any], tmp_path: Path
) -> None:
    assert start("prepare").wait() == 0
    writer = start("write")
    assert writer.stdout.readline() == "writing\n"
    deliverer = start("deliver")
    errors = tmp_path / "errors"
    deadline = time.monotonic() + PATIENCE
    while statuses(tmp_path) != {"sent"}:
        assert time.monotonic() < deadline
        assert deliverer.poll() is None, errors.read_text()
        time.sleep(0.2)
    assert writer.wait() == 0
    assert deliverer.poll() is None
    assert "locked" in errors.read_text()  # it did meet the writer
