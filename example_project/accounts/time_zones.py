import zoneinfo

#: Zones are called after places on these; the rest are aliases of before 1993.
REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
)


def time_zone_choices(current: str = "") -> list[tuple[str, str]]:
    """Return the zones for a form, with the current one even if it is an alias."""
    names = {
        name
        for name in zoneinfo.available_timezones()
        if name == "UTC" or name.startswith(tuple(f"{region}/" for region in REGIONS))
    }
    chosen = {current} & zoneinfo.available_timezones()
    return [(name, name.replace("_", " ")) for name in sorted(names | chosen)]


def known_zone(name: str) -> zoneinfo.ZoneInfo | None:
    """Return the zone, or None (the site's own) for one that tzdata renamed or dropped."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
