"""Celery's tasks, where a worker finds them by autodiscovery; without Celery there are none."""

from importlib.util import find_spec

if find_spec("celery"):
    from .workers.celery_tasks import (
        announce_facts,
        process_event,
        prune,
        reconcile,
        sweep,
    )

    __all__ = ["announce_facts", "process_event", "prune", "reconcile", "sweep"]
