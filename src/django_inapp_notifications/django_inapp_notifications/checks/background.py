"""System checks of what runs in the background: dispatchers that need a worker, and mail."""

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from ..channels.email import open_connection
from ..conf import settings
from ..dispatch import Dispatcher, get_dispatcher
from ..workers.celery import CeleryDispatcher, site_app
from ..workers.django_tasks import DjangoTasksDispatcher

HINT = "Until then, everything waits for the next sweep (manage.py notifications_deliver)."


def _dispatcher() -> Dispatcher | None:
    """Return the dispatcher; None if it cannot be created, which another check reports."""
    try:
        return get_dispatcher()
    except (ImportError, TypeError, ImproperlyConfigured):
        return None


@register
def check_dispatcher_installed(**_: Any) -> list[CheckMessage]:
    """E020: a package that NOTIFICATION_DISPATCHER needs is not installed."""
    try:
        get_dispatcher()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint=HINT, id="django_inapp_notifications.E020")]
    except (ImportError, TypeError):  # E008 reports it
        pass
    return []


@register
def check_celery_broker(**_: Any) -> list[CheckMessage]:
    """W020: with "celery", no Celery app with a broker is loaded."""
    if not isinstance(_dispatcher(), CeleryDispatcher):
        return []
    conf = site_app().conf
    if conf.broker_url or conf.broker_write_url or conf.task_always_eager:
        return []
    text = (
        "NOTIFICATION_DISPATCHER is 'celery', but no Celery app with a broker_url is loaded. "
        "Import yours in your project's __init__.py."
    )
    return [checks.Warning(text, hint=HINT, id="django_inapp_notifications.W020")]


@register
def check_django_tasks(**_: Any) -> list[CheckMessage]:
    """E021, W021: with "django_tasks", the default backend rejects the queue or has no worker."""
    dispatcher = _dispatcher()
    if not isinstance(dispatcher, DjangoTasksDispatcher):
        return []
    task = dispatcher.tasks["sweep"]
    try:
        task.using(queue_name=settings.NOTIFICATION_TASK_QUEUE or None)
    except Exception as error:
        text = f"The default backend of TASKS does not accept NOTIFICATION_TASK_QUEUE: {error}"
        return [Error(text, hint=HINT, id="django_inapp_notifications.E021")]
    backend = type(task.get_backend()).__name__
    if backend in {"ImmediateBackend", "DummyBackend"}:
        text = f"NOTIFICATION_DISPATCHER is 'django_tasks', but {backend} has no worker."
        return [checks.Warning(text, hint=HINT, id="django_inapp_notifications.W021")]
    return []


@register
def check_time_limits(**_: Any) -> list[CheckMessage]:
    """W023: a mail server may take longer than a lease, so that a mail could be sent twice."""
    try:
        seconds = getattr(open_connection(), "timeout", None)
    except Exception:  # a backend that cannot be made: notifications_doctor says why
        return []
    if not seconds or seconds < settings.NOTIFICATION_LEASE_SECONDS:
        return []
    return [
        checks.Warning(
            "The time limit of mail is not shorter than NOTIFICATION_LEASE_SECONDS, so a mail "
            "that a slow server takes may be sent twice.",
            hint="Use a few seconds, or none: then NOTIFICATION_EMAIL_TIMEOUT is used.",
            id="django_inapp_notifications.W023",
        )
    ]
