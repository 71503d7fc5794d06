"""Print what a release changed, from its changelog: python -m release.notes payments-1.2.3."""

import sys

from release import changelog
from release.distributions import ReleaseError
from release.publishable import tagged


def main(arguments: list[str]) -> int:
    try:
        each = tagged(arguments[0])
        print(changelog.notes(each.changelog.read_text(), each.version))
    except ReleaseError as error:
        print(f"release.notes: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
