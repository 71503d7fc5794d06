"""Celery's tasks, where a worker finds them by autodiscovery; without Celery there are none."""

from importlib.util import find_spec

if find_spec("celery"):
    from .workers.celery_tasks import deliver, prune, sweep

    __all__ = ["deliver", "prune", "sweep"]
