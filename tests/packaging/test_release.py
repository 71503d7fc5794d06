"""A release is one command, and its files are the same bytes wherever they are built."""

import datetime as dt
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.version import Version
from release import changelog
from release.audit import NOT_AUDITED, verdict
from release.build import build
from release.distributions import ROOT, Distribution, ReleaseError, distributions

TEXT = "# Changes\n\n## Unreleased\n\n### Added\n\n- A bell.\n\n## 0.1.0 - 2026-11-01\n\n- All.\n"
DISTRIBUTIONS = pytest.mark.parametrize("each", distributions(), ids=lambda each: each.short)


def copied(each: Distribution, root: Path, umask: int) -> Distribution:
    """The distribution in another folder, with other times and modes of its files."""
    before = os.umask(umask)
    try:
        shutil.copytree(
            each.folder,
            root / "src" / each.package,
            copy_function=shutil.copyfile,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    finally:
        os.umask(before)
    return Distribution(each.short, each.name, each.package, root)


@DISTRIBUTIONS
def test_two_builds_are_the_same_bytes(
    each: Distribution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    hashes = []
    for name, umask in (("one", 0o022), ("two", 0o077)):
        files = build(copied(each, tmp_path / name, umask), tmp_path / f"{name}-dist")
        hashes.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files})
    assert len(hashes[0]) == 2
    assert hashes[0] == hashes[1]


@DISTRIBUTIONS
def test_a_changelog_can_be_released(each: Distribution) -> None:
    changelog.unreleased(each.changelog.read_text())


def test_what_is_unreleased_gets_its_number_and_day() -> None:
    text = changelog.released(TEXT, Version("0.2.0"), dt.date(2026, 12, 1))
    assert changelog.unreleased(text) == ""
    assert changelog.notes(text, Version("0.2.0")) == "### Added\n\n- A bell."
    assert text.index("## 0.2.0 - 2026-12-01") < text.index("## 0.1.0")


def test_nothing_unreleased_is_no_release() -> None:
    text = changelog.released(TEXT, Version("0.2.0"), dt.date(2026, 12, 1))
    with pytest.raises(ReleaseError, match="nothing stands below"):
        changelog.released(text, Version("0.3.0"), dt.date(2026, 12, 2))


def rehearse(*arguments: str) -> subprocess.CompletedProcess[str]:
    """./dev release in a copy; who commits there is nobody's business."""
    who = {
        f"GIT_{role}_{what}": "rehearsal@example.com"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return subprocess.run(
        [sys.executable, "-m", "release", *arguments, "--rehearse", "--offline"],
        cwd=ROOT,
        env={**os.environ, **who},
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_command_makes_a_release() -> None:
    done = rehearse("99.0.0", "notifications")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "made dist/django_inapp_notifications-99.0.0-py3-none-any.whl" in done.stdout
    assert "tagged notifications-99.0.0." in done.stdout
    tags = subprocess.run(["git", "tag"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "notifications-99.0.0" not in tags.stdout


def test_a_version_cannot_go_backwards() -> None:
    done = rehearse("0.0.1")
    assert done.returncode == 1
    assert "is at" in done.stderr


def test_a_package_that_the_service_does_not_know_is_not_audited() -> None:
    """pip-audit itself says "no known vulnerabilities" of it."""
    known = {"name": "django", "version": "6.1.3", "vulns": []}
    unknown = {"name": "stripe", "skip_reason": "not found"}
    assert verdict("a-package", [known]) == 0
    assert verdict("a-package", [known, unknown]) == NOT_AUDITED
    assert verdict("a-package", []) == NOT_AUDITED


def test_a_known_vulnerability_fails_the_audit() -> None:
    vulnerable = {"name": "django", "version": "1.0", "vulns": [{"id": "CVE-1"}]}
    assert verdict("a-package", [vulnerable]) == 1
