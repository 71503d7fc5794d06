"""An environment that holds one wheel and what it brings along, and no tool."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from release.distributions import ROOT, Distribution
from release.steps import run

# uv trusts the machine's certificates, as pip does, and takes the Python that is here.
UV = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}


@contextlib.contextmanager
def installed(each: Distribution, dist: Path) -> Iterator[Path]:
    """Path of the environment's Python; the package index is asked for the dependencies."""
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        python = Path(folder) / "bin" / "python"
        uv = [sys.executable, "-m", "uv"]
        run(*uv, "venv", "--quiet", "--python", sys.executable, folder, cwd=ROOT, env=UV)
        # By name, and not by path: a path would be written into the environment's records.
        requirement = f"{each.name}=={each.version}"
        options = [
            "--quiet",
            "--python",
            python,
            "--find-links",
            dist,
            "--refresh-package",
            each.name,
        ]
        run(*uv, "pip", "install", *options, requirement, cwd=ROOT, env=UV)
        yield python
