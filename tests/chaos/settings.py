"""The site that is killed: web processes, Celery workers and a sweep, over PostgreSQL and Redis.

Where its servers are comes from the environment, by tests.chaos.world.
"""

import os

from celery import Celery
from celery.signals import worker_ready

from tests.chaos import ready
from tests.payments.settings import *  # noqa: F403
from tests.payments.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [
    *(name for name in INSTALLED_APPS if not name.startswith("django_tasks")),
    "tests.chaos",
]
TASKS: dict[str, dict[str, str]] = {}
DATABASES["default"] |= {"NAME": "chaos", "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
ROOT_URLCONF = "tests.chaos.urls"
# A customer's log-in is a cookie that the test makes without asking the site.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")
STRIPE_DISPATCHER = os.environ.get("CHAOS_DISPATCHER", "celery")
# Everybody comes from one address. Attempts, delays, leases and limits of time are as shipped.
STRIPE_RATE_LIMIT = False
STRIPE_REFUND_REQUESTS = "automatic"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"timed": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "timed"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

app = Celery("chaos", broker=os.environ.get("REDIS_URL", "").replace("unix://", "redis+socket://"))
app.conf.update(
    # What a killed worker had in hand is delivered again after so many seconds.
    broker_transport_options={"visibility_timeout": 2},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
app.autodiscover_tasks(["django_stripe_payments"])
worker_ready.connect(ready.tell, weak=False)
