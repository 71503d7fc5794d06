"""Run it, and say what came of it. Exit code: 0, 1 if a promise was broken, 69 without servers."""

import argparse
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from random import SystemRandom

from tests import services
from tests.chaos import run as chaos

NEEDS = ("postgresql", "redis")


def main() -> int:
    options = _options()
    missing = [name for name in NEEDS if not services.is_installed(name)]
    if missing:
        print(f"tests.chaos: {' and '.join(missing)} must be installed", file=sys.stderr)
        return services.NOT_INSTALLED
    seed = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"chaos: {options.payments} payments, seed {seed}, logs in {folder}", flush=True)
    # Told to stop, stop everything that was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        result = chaos.run(options.payments, seed, folder)
    except (chaos.Drift, Exception) as error:
        traceback.print_exc() if not isinstance(error, chaos.Drift) else print(error)
        print(f"chaos: FAILED with seed {seed}. The logs are in {folder}", flush=True)
        return 1
    print("\n".join(result.lines()))
    print("chaos: every payment, refund, fact and receiver's row is as it must be", flush=True)
    if not options.keep:
        shutil.rmtree(folder)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--payments", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, help="default: any; it is printed")
    parser.add_argument("--keep", action="store_true", help="keep the logs of a run that went well")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
