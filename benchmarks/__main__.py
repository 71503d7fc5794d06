"""Run the benchmarks.

    python -m benchmarks [--quick] [--only webhooks inbox startup] [--no-others] [--save FILE]

Without a DATABASE it starts PostgreSQL and Redis by tests.services, if they are installed; else
it runs on SQLite, for which the marks are not meant. The published packages are measured in
virtual environments of their own, which uv makes in .bench/ at the first run.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import inbox, machine, page, startup, webhooks
from .measure import Benchmark
from .others import start_others
from .scale import SCALES, Scale
from .workers import WorkerFailed

PARTS = ("webhooks", "inbox", "startup")
ROOT = Path(__file__).resolve().parent.parent


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_const", const="quick", dest="scale")
    parser.add_argument("--scale", choices=SCALES, default="full")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--no-others", action="store_true", help="leave published packages out")
    parser.add_argument("--save", type=Path, help="file for the results")
    parser.add_argument(
        "--publish", action="store_true", help="save to benchmarks/results/ and renew the page"
    )
    return parser.parse_args(argv)


def with_services(argv: list[str]) -> int | None:
    """Run this again beside PostgreSQL and Redis; None where there is nothing to start."""
    from tests.services import is_installed

    if "DATABASE" in os.environ:
        return None
    services = [name for name in ("postgresql", "redis") if is_installed(name)]
    if "postgresql" not in services:
        print("bench: PostgreSQL is not installed, so this is SQLite: no mark is meant for it.")
        return None
    command = [sys.executable, "-m", "tests.services", *services, "--"]
    # A commit costs what it costs in production, unless the caller asks for FSYNC=off.
    environment = {"FSYNC": "on", **os.environ}
    command += [sys.executable, "-m", "benchmarks", *argv]
    return subprocess.call(command, cwd=ROOT, env=environment)


def _database() -> str:
    """Return the database's name, and for a server of tests.services whether it flushes."""
    name = os.environ.get("DATABASE", "sqlite")
    return f"{name}, fsync {os.environ['FSYNC']}" if "FSYNC" in os.environ else name


def measure(scale: Scale, only: list[str], others: bool) -> Iterator[Benchmark]:
    with ExitStack() as stack:
        found = start_others(stack) if others else {}
        payments = {name: each for name, each in found.items() if name == "dj-stripe"}
        if "webhooks" in only:
            yield from webhooks.run(scale, payments)
        if "inbox" in only:
            rest = {name: each for name, each in found.items() if name not in payments}
            yield from inbox.run(scale, rest)
    if "startup" in only:
        yield from startup.run(scale)


def main(argv: list[str]) -> int:
    options = arguments(argv)
    code = with_services(argv)
    if code is not None:
        return code
    scale = SCALES[options.scale]
    about = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "scale": scale.name,
        "database": _database(),
        **machine.describe(),
    }
    made: list[dict[str, Any]] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ.setdefault("DATABASE_FOLDER", folder)
        try:
            for each in measure(scale, options.only, not options.no_others):
                made.append(each.as_json())
                print(page.line(made[-1]), flush=True)
        except WorkerFailed as error:
            # What was measured until here is kept, and not published.
            print(f"bench: {error}", file=sys.stderr)
            failed = True
    results = {**about, "benchmarks": made}
    target = page.RESULTS if options.publish and not failed else options.save
    target = target or ROOT / ".bench" / "results" / f"{scale.name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(f"bench: saved to {target}")
    if options.publish and not failed:
        page.renew()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
