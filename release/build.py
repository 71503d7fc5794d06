"""Build wheels and sdists into dist, the same bytes from the same commit on any machine."""

import shutil
import sys
from pathlib import Path

from release.distributions import ROOT, Distribution, ReleaseError, distributions
from release.steps import epoch, python


def build(each: Distribution, dist: Path) -> list[Path]:
    """Build one distribution: its sdist, and its wheel.

    hatchling writes what the clock, the umask and the order of a folder would decide from
    SOURCE_DATE_EPOCH, from fixed modes, and sorted.
    """
    python(
        *("-m", "hatchling", "build", "--target", "sdist", "--target", "wheel"),
        *("--directory", dist),
        cwd=each.folder,
        env={"SOURCE_DATE_EPOCH": epoch(each.root)},
        quiet=True,
    )
    return each.built(dist)


def main() -> int:
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    try:
        for each in distributions():
            for path in build(each, dist):
                print(f"built {path.relative_to(ROOT)}, {path.stat().st_size:,} bytes")
    except ReleaseError as error:
        print(f"release.build: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
