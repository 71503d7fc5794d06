"""Kick a worker of Django's tasks (Django 6, or the backport on 5.2), of the default backend."""

from typing import Any

from ..conf import settings

__all__ = ["all_tasks", "kick"]


def kick(message_id: int | None) -> None:
    """Have a worker deliver a message, or whatever is due."""
    queue = settings.NOTIFICATION_TASK_QUEUE or None
    if message_id is None:
        all_tasks()["run_due"].using(queue_name=queue).enqueue()
    else:
        all_tasks()["deliver"].using(queue_name=queue).enqueue(message_id)


def all_tasks() -> dict[str, Any]:
    """The tasks by name. Raises ImproperlyConfigured if there is no task framework."""
    from .django_task_list import TASKS

    return TASKS
