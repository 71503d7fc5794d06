"""Parameters of a message as JSON that keeps dates, times, durations and decimals.

Templates format these by type (``{{ starts|date:"H:i" }}``), so a parameter must come back from
the database as what it was. Each is stored as an object with one key: ``{"$date": "2026-11-30"}``.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.dateparse import parse_duration
from django.utils.duration import duration_iso_string

#: Key, type, and how to write it. A datetime is a date too, so it comes first.
WRITERS: list[tuple[str, type, Callable[[Any], str]]] = [
    ("$datetime", datetime, datetime.isoformat),
    ("$date", date, date.isoformat),
    ("$time", time, time.isoformat),
    ("$duration", timedelta, duration_iso_string),
    ("$decimal", Decimal, str),
]

READERS: dict[str, Callable[[str], Any]] = {
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
    "$duration": parse_duration,
    "$decimal": Decimal,
}


class ParamsEncoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        for key, kind, write in WRITERS:
            if isinstance(o, kind):
                return {key: write(o)}
        return super().default(o)


class ParamsDecoder(json.JSONDecoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"object_hook": _read, **options})


def copy_params(params: Mapping[str, Any] | None) -> Any:
    """A deep copy, exactly as the database gives it back.

    Raises TypeError or ValueError for what JSON cannot hold.
    """
    text = json.dumps(params or {}, cls=ParamsEncoder, allow_nan=False)
    return json.loads(text, cls=ParamsDecoder)


def _read(data: dict[str, Any]) -> Any:
    """The value that an object stands for; the object itself if it stands for none."""
    if len(data) != 1:
        return data
    [(key, value)] = data.items()
    if key not in READERS:
        return data
    try:
        found = READERS[key](value)
    except (ArithmeticError, TypeError, ValueError):
        return data
    return data if found is None else found
