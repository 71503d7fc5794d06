"""The workflows run where nothing is installed, and run only code that was reviewed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from release.distributions import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RELEASE = ROOT / ".github" / "workflows" / "release.yml"
MODULES = ("release.publishable", "release.notes")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_hash_with_its_version_beside_it(workflow: Path) -> None:
    used = re.findall(r"^ *(?:- )?uses: (.+)$", workflow.read_text(), re.MULTILINE)
    assert used
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [action for action in used if not pinned.fullmatch(action)] == []


@pytest.mark.parametrize("module", MODULES)
def test_the_release_runs_on_a_bare_python(module: str, tmp_path: Path) -> None:
    """The runner's Python has no packages: only the one of the workspace has."""
    (command,) = re.findall(rf"(\S+ -m {re.escape(module)} .+)$", RELEASE.read_text(), re.MULTILINE)
    runner = executable(tmp_path / "bin" / "python", "-S -E")
    executable(tmp_path / ".venv" / "bin" / "python", "")
    (tmp_path / "dist" / "notes").mkdir(parents=True)
    (tmp_path / "release").symlink_to(ROOT / "release")
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=tmp_path,
        env={
            "PATH": f"{runner.parent}:/usr/bin:/bin",
            "GITHUB_REF_NAME": "payments-of-no-version",
            "PYTHONPATH": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    # It got as far as looking at the tag: everything that it imports is there.
    words = "payments-of-no-version is not the version of any package here"
    assert done.stderr == f"{module}: {words}\n"


def executable(path: Path, options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {options} "$@"\n')
    path.chmod(0o755)
    return path
