"""Real processes of a site: they share nothing with the test but the database and the sandbox."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from typing import Any

from django.db import connections

from django_stripe_payments.testing import WEBHOOK_SECRET

#: Seconds after which a process that hangs is a failure.
PATIENCE = 120


SETTINGS = "tests.payments.settings"


def start(
    work: Callable[..., None], *arguments: Any, api_base: str = "", settings: str = SETTINGS
) -> SpawnProcess:
    """Run ``work(*arguments)`` as a site of its own, and return the running process."""
    database = connections["default"].settings_dict["NAME"]
    process = multiprocessing.get_context("spawn").Process(
        target=_site, args=(str(database), api_base, settings, work, arguments)
    )
    process.start()
    return process


def join(processes: list[SpawnProcess]) -> list[int | None]:
    """Wait for processes and return their exit codes; a hanging one is killed and counts None."""
    for process in processes:
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
    return [process.exitcode for process in processes]


def die() -> None:
    """End this process as kill -9 does: nothing is cleaned up, nothing is rolled back by hand."""
    os.kill(os.getpid(), signal.SIGKILL)


def _site(
    database: str, api_base: str, module: str, work: Callable[..., None], arguments: Any
) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = module
    import django

    django.setup()
    from django.conf import settings

    connections["default"].settings_dict["NAME"] = database
    settings.STRIPE_API_BASE = api_base
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    work(*arguments)
    connections.close_all()
