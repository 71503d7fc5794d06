"""The tasks for Django's task framework: that of Django 6, or its backport for Django 5.2."""

from importlib.util import find_spec
from typing import Any

from ..exceptions import ConfigurationError
from . import work

if find_spec("django.tasks"):
    from django.tasks import task
elif find_spec("django_tasks"):
    from django_tasks import task  # type: ignore[no-redef]
else:
    raise ConfigurationError(
        "Django has tasks from 6.0 on. On Django 5.2 install their backport: "
        "pip install 'django-inapp-notifications[tasks]'"
    )


@task()
def deliver(message_id: int) -> None:
    """Send what is due of one message."""
    work.deliver(message_id)


@task()
def sweep() -> None:
    """Do all that is due."""
    work.sweep()


@task()
def prune() -> None:
    """Remove what is no longer kept."""
    work.prune()


TASKS: dict[str, Any] = {"deliver": deliver, "sweep": sweep, "prune": prune}
