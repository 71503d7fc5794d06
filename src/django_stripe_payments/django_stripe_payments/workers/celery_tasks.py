"""Celery's tasks. A worker finds them by autodiscovery; without Celery there are none.

They carry keys and no state, and may be delivered twice. No retry is asked of Celery: a row that
is not finished has a next attempt of its own, and ``sweep`` is what Celery beat runs.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from . import work


def _share(function: Callable[..., None]) -> Any:
    from celery import shared_task

    # Acknowledged when it is done: what a killed worker had in hand is delivered again.
    return shared_task(
        name=f"django_stripe_payments.{function.__name__}", acks_late=True, ignore_result=True
    )(function)


if find_spec("celery"):
    process_event = _share(work.process_event)
    announce_facts = _share(work.announce_facts)
    sweep = _share(work.sweep)
    reconcile = _share(work.reconcile)
    prune = _share(work.prune)
