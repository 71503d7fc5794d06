"""Check what was built as an index would, and as its readers would."""

import sys
from pathlib import Path

from release.distributions import ROOT, ReleaseError
from release.steps import python

# Pyroma takes a point each for an address of the project and an e-mail address of an author.
# The project states neither yet; raise this to 10 when it does.
FRIENDLINESS = 8


def check(dist: Path, built: list[Path]) -> None:
    """Raise ReleaseError if a file breaks a rule of metadata, README, contents or courtesy."""
    if not built:
        msg = f"{dist} holds nothing to check: build first"
        raise ReleaseError(msg)
    python("-m", "twine", "check", "--strict", *built, cwd=ROOT)
    python("-m", "check_wheel_contents", dist, cwd=ROOT)
    for sdist in (path for path in built if path.name.endswith(".tar.gz")):
        python("-m", "pyroma", f"--min={FRIENDLINESS}", sdist, cwd=ROOT)


def main() -> int:
    dist = ROOT / "dist"
    try:
        check(dist, sorted([*dist.glob("*.whl"), *dist.glob("*.tar.gz")]))
    except ReleaseError as error:
        print(f"release.check: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
