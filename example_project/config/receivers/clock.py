from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts.models import User
from accounts.time_zones import known_zone


def when(moment: datetime, reader: User) -> str:
    """Return the moment on the reader's own clock; nobody else's is known here."""
    local = localtime(moment, known_zone(reader.time_zone))
    return f"{date_format(local, 'DATETIME_FORMAT')} ({reader.time_zone})"
