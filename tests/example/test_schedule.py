"""What Celery beat of the example starts is there to be started."""

import importlib

from config.celery import app


def test_every_scheduled_task_exists() -> None:
    for package in ("django_stripe_payments", "django_inapp_notifications"):
        importlib.import_module(f"{package}.tasks")
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled
    assert scheduled <= set(app.tasks)
