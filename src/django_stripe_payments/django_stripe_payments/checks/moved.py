"""System check of dotted paths in the settings that name a module of this app by its old name."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, register
from django.utils.module_loading import import_string

from ._messages import APP, error
from ._moved import MOVED

#: Django's settings that may name something of this app. Reading all of them would warn of those
#: that are deprecated.
DJANGO_SETTINGS = ("LOGGING", "MIDDLEWARE", "TEMPLATES", "CELERY_BEAT_SCHEDULE")


@register()
def check_moved_paths(**_context: Any) -> list[CheckMessage]:
    """E011: no setting names a module of this app by an old path; LOGGING is read too."""
    return [
        message
        for name in _names()
        for path in dict.fromkeys(_strings(getattr(settings, name, None)))
        if (new := new_path(path))
        for message in error("E011", f"{name} names {path!r}, which has moved.", f"Use {new!r}.")
    ]


def _names() -> list[str]:
    return sorted({*DJANGO_SETTINGS, *(name for name in dir(settings) if name[:7] == "STRIPE_")})


def new_path(path: str) -> str:
    """Return where the module or name at a dotted path of this app is now; empty if not moved."""
    prefix, _dot, rest = path.partition(".")
    parts = rest.split(".") if prefix == APP else []
    for length in range(len(parts), 0, -1):
        old = ".".join(parts[:length])
        if old in MOVED:
            return "" if _exists(path) else ".".join([APP, MOVED[old], *parts[length:]])
    return ""


def _exists(path: str) -> bool:
    """Return whether a path works as it is, as an old module's name may be a room's by now."""
    try:
        import_string(path)
    except ImportError:
        return _is_module(path)
    return True


def _is_module(path: str) -> bool:
    try:
        return find_spec(path) is not None
    except ModuleNotFoundError:
        return False


def _strings(value: Any) -> Iterator[str]:
    """Yield every string in a setting's value: keys too, since LOGGING names loggers by them."""
    if isinstance(value, str):
        if value.startswith(f"{APP}."):
            yield value
    elif isinstance(value, Mapping):
        for item in (*value.keys(), *value.values()):
            yield from _strings(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _strings(item)
