"""What every process of the site needs, imported once: they are forked from the one that has it.

A process that is killed is back within a fraction of a second, so that most kills hit one at work.
No connection is open and no thread runs when the others are forked.
"""

import celery.apps.worker
import celery.bin.worker
import celery.concurrency.solo
import django
import gunicorn.app.wsgiapp
import gunicorn.workers.gthread
import kombu.transport.redis
import stripe
from django.urls import get_resolver

__all__ = ["celery", "gunicorn", "kombu", "stripe"]

django.setup()
_ = get_resolver().url_patterns
