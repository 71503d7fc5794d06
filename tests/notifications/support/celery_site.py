"""The site's Celery app, for the process of a test and for its workers."""

from celery import Celery


def celery_app(broker: str, queue: str) -> Celery:
    """Runs side by side share a broker, and nothing in it: each has a queue of its own."""
    app = Celery("site", broker=broker, set_as_current=False)
    options = {"global_keyprefix": f"{queue}-", "visibility_timeout": 0.1}
    app.conf.update(task_default_queue=queue, broker_transport_options=options)
    app.autodiscover_tasks(["django_inapp_notifications"])
    return app
