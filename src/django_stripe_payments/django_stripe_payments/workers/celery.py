"""Wake a Celery worker."""

import os
from importlib.util import find_spec
from typing import Any

from ..conf import settings
from ..dispatch.background import BackgroundDispatcher
from ..exceptions import ConfigurationError

#: Seconds that a request waits for a broker. The row is stored: there is nothing to wait for.
TIMEOUT = 1.0

#: One more try, at once, for a connection that went stale. ``retry=False`` would be no shorter:
#: then kombu itself tries for six seconds to connect.
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

#: The app that was current when Django had started. Celery's current app belongs to one thread, and
#: in any other, where requests may run, it is an empty one with a broker that does not exist.
remembered_app: Any = None

#: A pool of connections of our own for each process and app. The site's may wait longer than
#: a request can, and their workers need to.
_pools: dict[tuple[int, Any], Any] = {}


class CeleryDispatcher(BackgroundDispatcher):
    """Raises ConfigurationError if Celery is not installed."""

    def __init__(self) -> None:
        if not find_spec("celery"):
            raise ConfigurationError(
                "STRIPE_DISPATCHER is 'celery', and Celery is not installed: "
                "pip install 'django-stripe-payments-kit[celery]'"
            )

    def wake(self, task: str, argument: str | list[str]) -> None:
        app = site_app()
        with _pool(app).acquire(block=True, timeout=TIMEOUT) as connection:
            app.tasks[f"django_stripe_payments.{task}"].apply_async(
                (argument,),
                queue=settings.STRIPE_TASK_QUEUE or None,
                connection=connection,
                retry=True,
                retry_policy=ONCE_MORE,
            )


def remember_app() -> None:
    """Note the site's Celery app; called at start, in the thread that loaded the project."""
    global remembered_app
    if settings.STRIPE_DISPATCHER == "celery" and find_spec("celery"):
        remembered_app = site_app()


def site_app() -> Any:
    """Return the site's Celery app, in whatever thread."""
    from celery import current_app

    from . import celery_tasks  # noqa: F401, which registers them

    return remembered_app or current_app._get_current_object()


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
