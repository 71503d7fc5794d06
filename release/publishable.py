"""Copy what a tag publishes: python -m release.publishable payments-1.2.3 FOLDER.

Fails unless dist holds exactly one wheel and one sdist of the version that the tag names.
"""

import shutil
import sys
from pathlib import Path

from release.distributions import ROOT, Distribution, ReleaseError, distributions


def tagged(tag: str) -> Distribution:
    """The distribution that a tag names, if its source has the tag's version."""
    for each in distributions():
        if tag == each.tag(each.version):
            return each
    msg = f"{tag} is not the version of any package here"
    raise ReleaseError(msg)


def main(arguments: list[str]) -> int:
    tag, folder = arguments[0], Path(arguments[1])
    try:
        each = tagged(tag)
        stem = f"{each.name.replace('-', '_')}-{each.version}"
        names = [f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"]
        if [path.name for path in each.built(ROOT / "dist")] != sorted(names):
            msg = f"dist does not hold {' and '.join(names)}"
            raise ReleaseError(msg)
    except ReleaseError as error:
        print(f"release.publishable: {error}", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy2(ROOT / "dist" / name, folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
