"""Wake a worker of Django's tasks (Django 6, or the backport on 5.2), of the default backend."""

from ..conf import settings
from ..dispatch.background import BackgroundDispatcher


class DjangoTasksDispatcher(BackgroundDispatcher):
    """Raises ConfigurationError if there is no task framework."""

    def __init__(self) -> None:
        from .django_task_list import TASKS

        self.tasks = TASKS

    def wake(self, task: str, argument: str | list[str]) -> None:
        queue = settings.STRIPE_TASK_QUEUE or None
        self.tasks[task].using(queue_name=queue).enqueue(argument)
