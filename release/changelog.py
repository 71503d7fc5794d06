"""A changelog in the form of Keep a Changelog: what is unreleased, and how it gets a number."""

import datetime as dt
import re

from packaging.version import Version

from release.distributions import ReleaseError

UNRELEASED = re.compile(r"^## Unreleased\n(?P<body>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


def unreleased(text: str) -> str:
    """What stands below "Unreleased", without the heading."""
    found = UNRELEASED.search(text)
    if not found:
        msg = 'the changelog has no "## Unreleased" section'
        raise ReleaseError(msg)
    return found["body"].strip()


def released(text: str, version: Version, day: dt.date) -> str:
    """The changelog with everything unreleased under its number, and an empty section above."""
    body = unreleased(text)
    if not body:
        msg = 'nothing stands below "## Unreleased": say there what the release changes'
        raise ReleaseError(msg)
    section = f"## Unreleased\n\n## {version} - {day:%Y-%m-%d}\n\n{body}\n\n"
    return UNRELEASED.sub(lambda _: section, text, count=1).rstrip() + "\n"


def notes(text: str, version: Version) -> str:
    """The section of one release, without its heading."""
    heading = rf"^## {re.escape(str(version))} - [0-9-]+\n(?P<body>.*?)(?=^## |\Z)"
    found = re.search(heading, text, re.DOTALL | re.MULTILINE)
    if not found:
        msg = f"the changelog has no section for {version}"
        raise ReleaseError(msg)
    return found["body"].strip()
