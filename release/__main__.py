"""Make a release: ./dev release VERSION [payments|notifications] [--rehearse] [--offline].

Checks that nothing is uncommitted, bumps the version, gives the changelog's Unreleased section its
number, freezes migrations and rows for the tests of upgrading, builds, checks, commits and tags.
It uploads nothing: pushing the tag does, by .github/workflows/release.yml.

  payments, notifications   release one of the packages; without, both
  --rehearse                do all of it in a copy that is thrown away
  --offline                 leave out the bills of materials, which need a package index
"""

import argparse
import datetime as dt
import os
import shutil
import sys
import tempfile
from pathlib import Path

from packaging.version import InvalidVersion, Version

from release import changelog
from release.bill import bill
from release.build import build
from release.check import check
from release.distributions import ROOT, Distribution, ReleaseError, distributions
from release.steps import python, run


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev release", description=__doc__.split("\n\n")[1])
    parser.add_argument("version")
    parser.add_argument("package", nargs="?", choices=["payments", "notifications"])
    parser.add_argument("--rehearse", action="store_true", help="in a copy, thrown away")
    parser.add_argument("--offline", action="store_true", help="without bills of materials")
    options = parser.parse_args(arguments)
    try:
        version = Version(options.version)
        if options.rehearse:
            with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
                copy = Path(folder) / "copy"
                run("git", "clone", "--quiet", ROOT, copy, cwd=ROOT)
                release(copy, version, options.package, offline=options.offline)
            print("rehearsed: nothing was changed here")
        else:
            release(ROOT, version, options.package, offline=options.offline)
    except (ReleaseError, InvalidVersion) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


def release(root: Path, version: Version, only: str | None, *, offline: bool) -> None:
    """Make the release in the checkout at ``root``; what fails on the way leaves it as it was."""
    chosen = [each for each in distributions(root) if only in (None, each.short)]
    for each in chosen:
        allow(each, version)
    if git(root, "status", "--porcelain"):
        msg = "something is uncommitted: a release is what is committed"
        raise ReleaseError(msg)
    before = git(root, "rev-parse", "HEAD")
    try:
        for each in chosen:
            write(each, version)
        commit(root, chosen, version)
        dist = root / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        built = [path for each in chosen for path in build(each, dist)]
        check(dist, built)
        bills = [] if offline else [bill(each, dist) for each in chosen]
    except (ReleaseError, KeyboardInterrupt):
        # The commit is ours, and everything was committed before it.
        git(root, "reset", "--hard", "--quiet", before)
        git(root, "clean", "-fdq", "tests/upgrades")
        raise
    for each in chosen:
        git(root, "tag", "--annotate", "--message", subject([each], version), each.tag(version))
    report(chosen, version, [*built, *bills], root)


def allow(each: Distribution, version: Version) -> None:
    """Refuse a version that is there already, or that goes backwards."""
    if git(each.root, "tag", "--list", each.tag(version)):
        msg = f"{each.name} {version} is tagged already"
        raise ReleaseError(msg)
    if version < each.version:
        msg = f"{each.name} is at {each.version} already"
        raise ReleaseError(msg)


def write(each: Distribution, version: Version) -> None:
    """Version, changelog, and the snapshot that later upgrades are tried from."""
    today = dt.datetime.now(dt.UTC).date()
    each.changelog.write_text(changelog.released(each.changelog.read_text(), version, today))
    each.set_version(version)
    sources = [str(one.folder) for one in distributions(each.root)]
    env = {"PYTHONPATH": os.pathsep.join([str(each.root), *sources])}
    settings = ["--pythonpath", ".", "--settings", f"tests.{each.short}.settings"]
    makemigrations = ["makemigrations", "--check", "--dry-run", *settings]
    python("-m", "django", *makemigrations, cwd=each.root, env=env, quiet=True)
    freeze = ["-m", "tests.upgrades.freeze", each.short, str(version)]
    python(*freeze, cwd=each.root, env=env, quiet=True)


def commit(root: Path, chosen: list[Distribution], version: Version) -> None:
    for each in chosen:
        git(root, "add", each.changelog, each.version_file, f"tests/upgrades/{each.short}")
    git(root, "commit", "--quiet", "--message", subject(chosen, version))


def subject(chosen: list[Distribution], version: Version) -> str:
    return f"Release {' and '.join(each.name for each in chosen)} {version}"


def report(chosen: list[Distribution], version: Version, made: list[Path], root: Path) -> None:
    for path in made:
        print(f"made {path.relative_to(root)}")
    tags = " ".join(each.tag(version) for each in chosen)
    print(f"tagged {tags}. To publish:\n    git push --atomic origin HEAD {tags}")


def git(root: Path, *arguments: object) -> str:
    return run("git", *arguments, cwd=root, quiet=True).strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
