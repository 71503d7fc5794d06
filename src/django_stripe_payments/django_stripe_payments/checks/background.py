"""System checks of the dispatchers that need a worker: what they need is there."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from ..conf import settings
from ..dispatch import get_dispatcher
from ..workers.celery import CeleryDispatcher, site_app
from ..workers.django_tasks import DjangoTasksDispatcher

HINT = "Until it is mended, everything waits for the sweep (manage.py stripe_deliver)."


def _message(kind: type[Error | checks.Warning], code: str, text: str) -> list[CheckMessage]:
    return [kind(text, hint=HINT, id=f"django_stripe_payments.{code}")]


def _dispatcher() -> Any:
    """Return the dispatcher; None if it can't be made, which another check says."""
    try:
        return get_dispatcher()
    except (ImportError, ImproperlyConfigured):
        return None


@register()
def check_dispatcher_installed(**_context: Any) -> list[CheckMessage]:
    """E060: what STRIPE_DISPATCHER needs is installed."""
    try:
        get_dispatcher()
    except ImproperlyConfigured as error:
        return _message(Error, "E060", str(error))
    except ImportError:  # E007 says so
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
        "STRIPE_DISPATCHER is 'celery', and no Celery app with a broker_url is loaded: import "
        "yours in your project's __init__.py."
    )
    return _message(checks.Warning, "W060", text)


@register()
def check_django_tasks(**_context: Any) -> list[CheckMessage]:
    """E061, W061: with "django_tasks", the default backend takes the queue, and has a worker."""
    dispatcher = _dispatcher()
    if not isinstance(dispatcher, DjangoTasksDispatcher):
        return []
    task = dispatcher.tasks["sweep"]
    try:
        task.using(queue_name=settings.STRIPE_TASK_QUEUE or None)
    except Exception as error:
        text = f"STRIPE_TASK_QUEUE can't be used with the default backend of TASKS: {error}"
        return _message(Error, "E061", text)
    backend = type(task.get_backend()).__name__
    if backend in {"ImmediateBackend", "DummyBackend"}:
        text = f"STRIPE_DISPATCHER is 'django_tasks', and {backend} has no worker."
        return _message(checks.Warning, "W061", text)
    return []
