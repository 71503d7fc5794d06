"""The site's Celery app: ``celery -A config worker`` and ``celery -A config beat``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("halftick")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    # A kick that got lost, a receiver that failed, quiet hours that end: all are found by these.
    beat_schedule={
        "payments": {"task": "django_stripe_payments.sweep", "schedule": 60},
        "notifications": {"task": "django_inapp_notifications.sweep", "schedule": 60},
        "reconciliation": {"task": "django_stripe_payments.reconcile", "schedule": 3600},
        "old payloads": {"task": "django_stripe_payments.prune", "schedule": 24 * 3600},
        "old notifications": {"task": "django_inapp_notifications.prune", "schedule": 24 * 3600},
    },
)
app.autodiscover_tasks()
