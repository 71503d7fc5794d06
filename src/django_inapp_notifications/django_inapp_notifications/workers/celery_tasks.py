"""Celery's tasks. A worker finds them by autodiscovery; without Celery there are none.

They carry an id and no state, and may be delivered twice. No retry is asked of Celery: a delivery
that failed has a next attempt of its own, and `sweep` is what Celery beat runs.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from . import work


def _share(function: Callable[..., None]) -> Any:
    from celery import shared_task

    # Acknowledged when it is done: what a killed worker had in hand is delivered again.
    return shared_task(
        name=f"django_inapp_notifications.{function.__name__}", acks_late=True, ignore_result=True
    )(function)


if find_spec("celery"):
    deliver = _share(work.deliver)
    sweep = _share(work.sweep)
    prune = _share(work.prune)
