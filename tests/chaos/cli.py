"""The command line of both programs: it exits with 0, 1 if a promise was broken, or 69.

69 is what the services of a run exit with where a server is not installed.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom

from tests import services
from tests.chaos.result import Drift, Result

NEEDS = ("postgresql", "redis")


def main(
    description: str | None,
    run: Callable[..., Result],
    *,
    what: str,
    number: int,
    dispatchers: tuple[str, ...] = (),
) -> int:
    """Run with so many of what the program is about, and say what came of it."""
    options = _options(description, what, number, dispatchers)
    given = [options.dispatcher] if dispatchers else []
    missing = [name for name in NEEDS if not services.is_installed(name)]
    if missing:
        print(f"tests.chaos: {' and '.join(missing)} must be installed", file=sys.stderr)
        return services.NOT_INSTALLED
    seed = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"chaos: {options.number} {what}, seed {seed}, logs in {folder}", flush=True)
    # Told to stop, stop everything that was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        result = run(options.number, seed, folder, *given)
    except Exception as error:
        if isinstance(error, Drift):
            print(error)
        else:
            traceback.print_exc()
        print(f"chaos: FAILED with seed {seed}. The logs are in {folder}", flush=True)
        return 1
    print("\n".join(result.lines()))
    print("chaos: all is as it must be", flush=True)
    if not options.keep:
        shutil.rmtree(folder)
    return 0


def _options(
    description: str | None, what: str, number: int, dispatchers: tuple[str, ...]
) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        f"--{what}", dest="number", type=int, default=number, help="default: %(default)s"
    )
    parser.add_argument("--seed", type=int, help="default: any; it is printed")
    if dispatchers:
        parser.add_argument(
            "--dispatcher", choices=dispatchers, default=dispatchers[0], help="default: %(default)s"
        )
    parser.add_argument("--keep", action="store_true", help="keep the logs of a run that went well")
    return parser.parse_args()
