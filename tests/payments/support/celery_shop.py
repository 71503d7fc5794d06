"""The shop's Celery app, for the process of a test and for its workers."""

from celery import Celery


def celery_app(broker: str, queue: str) -> Celery:
    """Runs side by side share a broker, and nothing in it: each has a queue of its own."""
    app = Celery("shop", broker=broker, set_as_current=False)
    # What a killed worker had in hand is delivered again as soon as the next one starts.
    options = {"global_keyprefix": f"{queue}-", "visibility_timeout": 0.1}
    app.conf.update(task_default_queue=queue, broker_transport_options=options)
    app.autodiscover_tasks(["django_stripe_payments"])
    return app
