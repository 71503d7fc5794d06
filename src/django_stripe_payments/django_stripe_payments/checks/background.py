"""System checks of the dispatchers that need a worker."""

from typing import Any

from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured

from ..conf import settings
from ..dispatch import get_dispatcher
from ..workers.celery import CeleryDispatcher, site_app
from ..workers.django_tasks import DjangoTasksDispatcher
from ._messages import error, warning

HINT = "Fix it. Until then, everything waits for the next sweep (manage.py stripe_deliver)."


def _dispatcher() -> Any:
    """Return the dispatcher, or None if it can't be created, which E007 and E060 report."""
    try:
        return get_dispatcher()
    except (ImportError, ImproperlyConfigured):
        return None


@register()
def check_dispatcher_installed(**_context: Any) -> list[CheckMessage]:
    """E060: the package that STRIPE_DISPATCHER needs is installed."""
    try:
        get_dispatcher()
    except ImproperlyConfigured as missing:
        return error("E060", str(missing), HINT)
    except ImportError:  # reported by E007
        pass
    return []


@register()
def check_celery_broker(**_context: Any) -> list[CheckMessage]:
    """W060: with "celery", the site has a Celery app with a broker."""
    if not isinstance(_dispatcher(), CeleryDispatcher):
        return []
    conf = site_app().conf
    if conf.broker_url or conf.broker_write_url or conf.task_always_eager:
        return []
    text = (
        "STRIPE_DISPATCHER is 'celery', but no Celery app with a broker_url is loaded: import "
        "yours in your project's __init__.py."
    )
    return warning("W060", text, HINT)


@register()
def check_django_tasks(**_context: Any) -> list[CheckMessage]:
    """E061, W061: with "django_tasks", the default backend has the queue and a worker."""
    dispatcher = _dispatcher()
    if not isinstance(dispatcher, DjangoTasksDispatcher):
        return []
    task = dispatcher.tasks["sweep"]
    try:
        task.using(queue_name=settings.STRIPE_TASK_QUEUE or None)
    except Exception as refused:
        text = f"STRIPE_TASK_QUEUE can't be used with the default backend of TASKS: {refused}"
        return error("E061", text, HINT)
    backend = type(task.get_backend()).__name__
    if backend in {"ImmediateBackend", "DummyBackend"}:
        text = f"STRIPE_DISPATCHER is 'django_tasks', but {backend} has no worker."
        return warning("W061", text, HINT)
    return []
