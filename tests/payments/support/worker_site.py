"""The site as its workers see it: settings, a Celery app, and the receivers.

What differs from run to run comes from the environment: DATABASE_NAME, DISPATCHER,
STRIPE_API_BASE, and for Celery BROKER_URL and QUEUE. With DIE_IN_RECEIVER, a file that is not
there yet, a receiver kills its process once; with FAIL_ONCE it fails once.
"""

import os
from pathlib import Path
from typing import Any

from django.apps import AppConfig

from tests.payments.settings import *  # noqa: F403
from tests.payments.settings import DATABASES, INSTALLED_APPS
from tests.payments.support.celery_shop import celery_app

INSTALLED_APPS = [*INSTALLED_APPS, "tests.payments.support.worker_site.Receivers"]
DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
STRIPE_API_BASE = os.environ["STRIPE_API_BASE"]
STRIPE_DISPATCHER = os.environ["DISPATCHER"]


class Receivers(AppConfig):
    name = "tests.payments"
    label = "tests_payments"

    def ready(self) -> None:
        from django_stripe_payments.signals import payment_succeeded
        from tests.payments.support import site

        # The one that dies has the name of the one that takes its place.
        payment_succeeded.connect(
            register_or_fail, dispatch_uid="tests.payments.support.site.register"
        )
        payment_succeeded.connect(site.thank)


def register_or_fail(sender: Any, fact: Any, **named: Any) -> None:
    from tests.payments.support import processes, site

    if os.environ.pop("FAIL_ONCE", ""):
        raise RuntimeError("The list is closed for the moment.")
    site.register(sender, fact)
    mark = Path(os.environ["DIE_IN_RECEIVER"]) if "DIE_IN_RECEIVER" in os.environ else None
    if mark and not mark.exists():
        mark.touch()
        processes.die()


if "BROKER_URL" in os.environ:
    app = celery_app(os.environ["BROKER_URL"], os.environ["QUEUE"])
