"""Where log lines go: to the console in development, to files in production."""

from io import TextIOWrapper
from logging.handlers import RotatingFileHandler, WatchedFileHandler
from pathlib import Path
from typing import Any

from .private_files import make_private

MEGABYTES = 1024 * 1024

#: File → the loggers that write to it. Who was refused or locked out stands in a file of its own,
#: to be kept longer and read by fewer people.
FILES = {
    "payments": ["django_stripe_payments"],
    "notifications": ["django_inapp_notifications"],
    "security": ["django.security", "axes", "config.security"],
    "site": ["django", "config", "celery"],
}


class _PrivateFiles:
    """Makes every file that a handler opens readable by its owner only, whatever the umask."""

    baseFilename: str  # noqa: N815  (logging's own name)

    def _open(self) -> TextIOWrapper:
        make_private(Path(self.baseFilename))
        return super()._open()  # type: ignore[misc,no-any-return]


class PrivateRotatingFileHandler(_PrivateFiles, RotatingFileHandler):
    """A log of at most ten megabytes a file."""


class PrivateWatchedFileHandler(_PrivateFiles, WatchedFileHandler):
    """A log that logrotate moves away."""


def logging_settings(folder: Path | None, level: str, *, rotate: bool = True) -> dict[str, Any]:
    """Return LOGGING: the console if there is no folder, else one file per subject.

    ``rotate`` starts a new file at ten megabytes and keeps ten. With more than one process per
    folder a line may be lost at that moment: then turn it off and let logrotate do it, after
    which the files are opened anew.
    """
    handlers = {"console": {"class": "logging.StreamHandler", "formatter": "line"}}
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        handlers = {name: _file(folder / f"{name}.log", rotate=rotate) for name in FILES}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "{asctime} {levelname} {name}[{process}]: {message}",
                "style": "{",
            },
        },
        "handlers": handlers,
        "loggers": {
            logger: {
                "handlers": [name if folder else "console"],
                "level": level,
                "propagate": False,
            }
            for name, loggers in FILES.items()
            for logger in loggers
        },
    }


def _file(path: Path, *, rotate: bool) -> dict[str, Any]:
    common = {"filename": str(path), "formatter": "line", "encoding": "utf-8", "delay": True}
    if not rotate:
        return {"class": "config.logs.PrivateWatchedFileHandler", **common}
    return {
        "class": "config.logs.PrivateRotatingFileHandler",
        "maxBytes": 10 * MEGABYTES,
        "backupCount": 10,
        **common,
    }
