"""Running another program as a step of a release."""

import os
import subprocess
import sys
from pathlib import Path

from release.distributions import ReleaseError


def run(*command: object, cwd: Path, env: dict[str, str] | None = None, quiet: bool = False) -> str:
    """Run a step that must succeed: what it printed, if it is quiet."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        check=False,
    )
    if done.returncode:
        msg = f"this failed: {' '.join(map(str, command))}\n{done.stdout or ''}"
        raise ReleaseError(msg)
    return done.stdout or ""


def python(*arguments: object, cwd: Path, **options: object) -> str:
    """The same for a module of this Python."""
    return run(sys.executable, *arguments, cwd=cwd, **options)


def epoch(root: Path) -> str:
    """SOURCE_DATE_EPOCH: the caller's, or the moment of the last commit, in seconds of UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return given or run("git", "log", "-1", "--format=%ct", cwd=root, quiet=True).strip()
