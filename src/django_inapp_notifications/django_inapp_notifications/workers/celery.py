"""Kick a Celery worker."""

import logging
import os
import time
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from ..conf import settings

__all__ = ["kick", "remember_app", "require", "site_app"]

logger = logging.getLogger("django_inapp_notifications")

#: Seconds that a request waits for a broker. The rows are stored: there is nothing to wait for.
TIMEOUT = 1.0
#: Seconds without a kick after one that failed, so that a broker that does not answer does not
#: cost every request that time. What comes in between is the sweep's.
PAUSE = 5.0
#: One more try, at once, for a connection that went stale. `retry=False` would be no shorter:
#: then kombu itself tries for six seconds to connect.
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

# The app that was current when Django had started. Celery's current app belongs to one thread, and
# in any other, where requests may run, it is an empty one with a broker that nobody has.
_app: Any = None
# Connections of our own for each process and app: the site's may wait longer than a request.
_pools: dict[tuple[int, Any], Any] = {}
_paused_until = 0.0


def kick(message_id: int | None) -> None:
    """Have a worker deliver a message, or whatever is due. Raises if the broker does not answer."""
    global _paused_until
    if time.monotonic() < _paused_until:
        logger.warning("No kick so soon after one that failed; the next sweep delivers.")
        return
    try:
        _publish("run_due" if message_id is None else "deliver", message_id)
    except Exception:
        _paused_until = time.monotonic() + PAUSE
        raise


def require() -> None:
    """Raise ImproperlyConfigured if Celery is not installed."""
    if not find_spec("celery"):
        raise ImproperlyConfigured(
            "NOTIFICATION_DISPATCHER is 'celery', and Celery is not installed: "
            "pip install 'django-inapp-notifications[celery]'"
        )


def remember_app() -> None:
    """Note the site's Celery app; called at start, in the thread that loaded the project."""
    global _app
    if settings.NOTIFICATION_DISPATCHER == "celery" and find_spec("celery"):
        _app = site_app()


def site_app() -> Any:
    """The site's Celery app, in whatever thread."""
    require()
    from celery import current_app

    from . import celery_tasks as _tasks  # registers them

    del _tasks
    return _app or current_app._get_current_object()


def _publish(task: str, message_id: int | None) -> None:
    app = site_app()
    with _pool(app).acquire(block=True, timeout=TIMEOUT) as connection:
        app.tasks[f"django_inapp_notifications.{task}"].apply_async(
            () if message_id is None else (message_id,),
            queue=settings.NOTIFICATION_TASK_QUEUE or None,
            connection=connection,
            retry=True,
            retry_policy=ONCE_MORE,
        )


def _pool(app: Any) -> Any:
    key = (os.getpid(), app)
    if key not in _pools:
        connection = app.connection_for_write(connect_timeout=TIMEOUT)
        if connection.transport.driver_type == "redis":
            # Without them a Redis that stopped answering would hold the request for ever.
            connection.transport_options = {
                **connection.transport_options,
                "socket_timeout": TIMEOUT,
                "socket_connect_timeout": TIMEOUT,
            }
        _pools[key] = connection.Pool(limit=app.conf.broker_pool_limit or 10)
    return _pools[key]
