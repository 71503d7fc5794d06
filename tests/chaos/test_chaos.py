"""The short versions, for every run of the suites: ./dev chaos has the long ones."""

import subprocess
import sys
from pathlib import Path

import pytest

#: Seconds; either takes less than one minute on an idle machine with two cores.
LONGEST = 900

# They start servers of their own, as they crash them; the markers say what must be installed.
pytestmark = [pytest.mark.postgresql, pytest.mark.redis, pytest.mark.slow]


@pytest.mark.parametrize(
    "program",
    [
        ("tests.chaos", "--payments=12"),
        ("tests.chaos", "--payments=12", "--dispatcher=inline"),
        ("tests.chaos.mail", "--calls=40"),
    ],
    ids=["celery", "inline", "notifications"],
)
def test_what_chaos_leaves_is_as_it_must_be(program: tuple[str, ...]) -> None:
    process = subprocess.Popen([sys.executable, "-m", *program], cwd=Path(__file__).parents[2])
    try:
        # What it prints, its seed and what differed, is shown with a failure.
        assert process.wait(LONGEST) == 0
    finally:
        # By SIGTERM, so that it stops what it started.
        process.terminate()
        process.wait(60)
