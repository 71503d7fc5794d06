"""The short version, for every run of the suites: ./dev chaos is the long one."""

import subprocess
import sys
from pathlib import Path

import pytest

#: Enough for each story of a customer, and short enough for CI.
PAYMENTS = 60

#: Seconds; it takes one minute on an idle machine with two cores.
LONGEST = 900

# It starts servers of its own, as it crashes them; the markers say what must be installed.
pytestmark = [pytest.mark.postgresql, pytest.mark.redis, pytest.mark.slow]


def test_both_sides_are_equal_after_chaos_and_one_reconciliation() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--payments", str(PAYMENTS)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    try:
        # What it prints, its seed and what differed, is shown with a failure.
        assert process.wait(LONGEST) == 0
    finally:
        # By SIGTERM, so that it stops what it started.
        process.terminate()
        process.wait(60)
