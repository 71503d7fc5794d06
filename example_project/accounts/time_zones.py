import zoneinfo


def known_zone(name: str) -> zoneinfo.ZoneInfo | None:
    """Return the zone, or None (the site's own) for one that tzdata renamed or dropped."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
