"""Start a measured site in a process of its own, and ask it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class WorkerFailed(Exception):
    """A site did not start, or broke; what it printed stands above."""


class Worker:
    """A site's process. Close it, or use it as a context manager."""

    def __init__(self, module: str, database: str, python: Path | None = None, **options: Any):
        command = [str(python or sys.executable), "-m", "benchmarks.worker"]
        self.name = module
        self.process = subprocess.Popen(
            [*command, f"benchmarks.sites.{module}", database, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._read()

    def call(self, function: str, **arguments: Any) -> Any:
        """Call a function of the site's module."""
        return self._ask({"call": function, "arguments": arguments})

    def time(self, case: str, times: int = 1, **arguments: Any) -> list[float]:
        """Return the seconds that each of so many runs of a case took."""
        seconds: list[float] = self._ask({"time": case, "times": times, "arguments": arguments})
        return seconds

    def count(self, case: str, **arguments: Any) -> int:
        """Return how many statements one run of a case sends to the database."""
        statements: int = self._ask({"count": case, "arguments": arguments})
        return statements

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise WorkerFailed(f"{self.name} has ended") from error
        return self._read()

    def _read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise WorkerFailed(f"{self.name} ended: see above")
        return json.loads(line)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
