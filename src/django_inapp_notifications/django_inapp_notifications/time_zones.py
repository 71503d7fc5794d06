"""The time zones that a form offers: one name for each, without the older names for the same."""

from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, available_timezones

#: The list of the time zone database with one name per zone and country; aliases are not in it.
TABLE = "zone.tab"
HIDDEN = ("Etc/", "SystemV/", "posix/", "right/")


@cache
def listed_zones() -> frozenset[str]:
    """IANA names that this Python knows, without aliases if the database comes with its table."""
    known = available_timezones()
    named = {line.split("\t")[2] for line in _table().splitlines() if line and line[0] != "#"}
    listed = (named & known) | ({"UTC"} & known)
    if named:
        return frozenset(listed)
    return frozenset(
        name for name in known if name == "UTC" or ("/" in name and not name.startswith(HIDDEN))
    )


def _table() -> str:
    """The text of the table, from the system or else from the package tzdata; "" if missing."""
    places = [Path(folder) / TABLE for folder in TZPATH]
    for place in places:
        if place.is_file():
            return place.read_text(encoding="utf-8")
    try:
        return (resources.files("tzdata.zoneinfo") / TABLE).read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return ""
