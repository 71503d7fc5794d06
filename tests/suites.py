"""Run every suite, one after the other, and say what ran and what did not: ./dev test.

    python -m tests.suites [--database postgresql|mariadb] [paths] [pytest's options]

Tests that need a server run in a second round beside it, where it is installed, while the next
suite is at work. Under CI a test that could not run is a failure.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Set
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services import NOT_INSTALLED, SERVICES, is_installed, supervise

# Each suite is a site of its own, and Django has one set of settings per process.
SUITES = {
    "notifications": ["--ds=tests.notifications.settings", "tests/notifications", "tests/upgrades"],
    "payments": [
        "--ds=tests.payments.settings",
        "tests/payments",
        "tests/sandbox",
        "tests/upgrades",
        "tests/chaos",
    ],
    "example": ["--ds=tests.example.settings", "tests/example", "tests/browser", "tests/docs"],
    "packaging": ["tests/packaging"],
}
# A process for each core, and no more than four browsers at once.
PARALLEL = ["-n", "auto", "--maxprocesses", "4"]
# What no database decides, or has one of its own: left out where one is asked for.
NO_DATABASE = {"tests/packaging", "tests/docs", "tests/chaos", "tests/sandbox"}
#: And modules of the other suites: random requests, pages of many sites, a mail server.
NO_DATABASE_MODULES = [
    "tests/notifications/api/test_described_requests.py",
    "tests/notifications/delivery/test_mail_server.py",
    "tests/notifications/views/test_sites.py",
    "tests/notifications/workers/test_forever_busy.py",
    "tests/payments/api/test_described_requests.py",
    "tests/payments/views/test_sites.py",
]
DATABASES = {"postgresql", "mariadb"}
NO_TESTS = 5  # pytest's exit code when it selected none
CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}


@dataclass
class Run:
    """What one run of pytest came to."""

    name: str
    ok: bool
    seconds: float
    counts: dict[str, int] = field(default_factory=dict)
    not_run: dict[str, int] = field(default_factory=dict)  # tests by the service they lack


class Aside:
    """Does runs one after the other while others are at work, and prints each whole at its end."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._process: subprocess.Popen[str] | None = None

    def submit(self, *run: Any, **named: Any) -> "Future[Run]":
        return self._pool.submit(run_suite, *run, execute=self._execute, **named)

    def _execute(self, title: str, command: list[str]) -> int:
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        print(f"\n{title}\n{self._process.communicate()[0]}", flush=True)
        return self._process.returncode

    def stop(self) -> None:
        """End the run that is at work, if there is one, and begin none any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def main(arguments: list[str]) -> int:
    database = None
    if "--database" in arguments:
        at = arguments.index("--database")
        database, arguments = arguments[at + 1], arguments[:at] + arguments[at + 2 :]
    if database and not is_installed(database):
        print(f"tests.suites: {database} is not installed", file=sys.stderr)
        return NOT_INSTALLED
    # What pytest makes of 30,000 lines of tests is kept for the next process, whoever runs this.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    aside = Aside()
    try:
        return run_all(arguments, database, aside)
    finally:
        aside.stop()


def run_all(arguments: list[str], database: str | None, aside: Aside) -> int:
    """Run the chosen suites, and aside what needs servers. 0 if all is well."""
    runs: list[Run] = []
    waiting: list[Future[Run]] = []
    not_run: dict[str, int] = {}
    for name, suite in chosen_suites(arguments):
        if database and not arguments:
            suite = [word for word in suite if word not in NO_DATABASE]
            if not any(Path(word).is_dir() for word in suite):
                continue
            spared = [f"--deselect={module}" for module in NO_DATABASE_MODULES]
            suite = [*suite, *spared, "-m", "not browser"]
        # A choice (-k) may leave a suite empty; one that is empty by itself has lost its tests.
        choice = bool(arguments)
        first = run_suite(
            name,
            suite if choice else [*suite, *PARALLEL],
            [database] if database else [],
            may_be_empty=choice,
        )
        runs.append(first)
        needs = {need: count for need, count in first.not_run.items() if need in SERVICES}
        if database:  # it is the one that was asked for
            needs = {need: count for need, count in needs.items() if need not in DATABASES}
        absent = {need for need in needs if not is_installed(need)}
        absent |= first.not_run.keys() & {"browser"}  # not started but found, or not
        for need in absent:
            not_run[need] = not_run.get(need, 0) + first.not_run[need]
        for services in rounds(needs.keys() - absent):
            marks = ["-m", " or ".join(services)]
            beside = [database, *services] if database else services
            again = (f"{name}, {' and '.join(services)}", [*suite, *marks], beside)
            if choice:  # which may be one that asks, such as --pdb
                runs.append(run_suite(*again, may_be_empty=True))
            else:
                waiting.append(aside.submit(*again, may_be_empty=True))
    return summary([*runs, *(each.result() for each in waiting)], not_run)


def rounds(needs: Set[str]) -> list[list[str]]:
    """What to start for each further run: one database at a time, the others beside the first."""
    others = sorted(needs - DATABASES)
    first, *rest = sorted(needs & DATABASES, reverse=True) or [""]
    found = [[*filter(None, [first]), *others], *([each] for each in rest)]
    return [services for services in found if services]


def chosen_suites(arguments: list[str]) -> list[tuple[str, list[str]]]:
    """Names and pytest arguments of the suites that hold the given paths; of all without paths."""
    paths = [word for word in arguments if Path(word.split("::")[0]).exists()]
    options = [word for word in arguments if word not in paths]
    chosen = []
    for name, suite in SUITES.items():
        folders = [word for word in suite if Path(word).is_dir()]
        own = [path for path in paths if Path(path).as_posix().startswith(tuple(folders))]
        if own or not paths:
            settings = [word for word in suite if word.startswith("--ds")]
            chosen.append((name, [*settings, *(own or folders), *options]))
    return chosen


def aloud(title: str, command: list[str]) -> int:
    """Run a command, whose output is seen as it comes, and return its exit code."""
    print(f"\n{title}", flush=True)
    return supervise(command)


def run_suite(
    name: str,
    suite: list[str],
    services: list[str],
    *,
    may_be_empty: bool,
    execute: Callable[[str, list[str]], int] = aloud,
) -> Run:
    """Run pytest beside these services, which are installed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        beside = ["-m", "tests.services", *services, "--", sys.executable] if services else []
        command = [sys.executable, *beside, "-m", "pytest", f"--report-file={report}", *suite]
        code = execute(f"{name}: {' '.join(command[1:])}", command)
        counts = json.loads(report.read_text()) if report.exists() else {}
    not_run = counts.pop("not_run", {})
    ok = code in ({0, NO_TESTS} if may_be_empty else {0})
    return Run(name, ok, time.monotonic() - started, counts, not_run)


def summary(runs: list[Run], not_run: dict[str, int]) -> int:
    """Print what ran and what did not. 0 if all is well."""
    print("\nsummary")
    for run in runs:
        counts = ", ".join(f"{run.counts.get(key, 0)} {key}" for key in ("passed", "failed"))
        print(f"  {'ok  ' if run.ok else 'FAIL'} {run.name:26} {counts} in {run.seconds:.0f} s")
    for need, count in not_run.items():
        print(f"  not run: {count} tests that need {need}, which is not on this machine")
    total = {key: sum(run.counts.get(key, 0) for run in runs) for key in ("passed", "failed")}
    print(f"total: {total['passed']} passed, {total['failed']} failed", flush=True)
    complete = not (CI and not_run)
    return 0 if total["passed"] and complete and all(run.ok for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
