"""What each process of the site does, as its command line would say it."""

import os
import sys
import time
from importlib import import_module


def serve(bind: str) -> None:
    """``gunicorn``: one of several on one port."""
    from gunicorn.app.wsgiapp import run

    options = ["--bind", bind, "--reuse-port", "--threads", "4", "--no-control-socket"]
    sys.argv = ["gunicorn", *options, "tests.chaos.wsgi"]
    run()


def work(name: str) -> None:
    """``celery worker``."""
    from tests.chaos import travel

    travel.follow()
    app = import_module(os.environ["DJANGO_SETTINGS_MODULE"]).app
    quiet = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    app.worker_main(["worker", "--pool", "solo", *quiet, "-n", name])


def sweep(command: str) -> None:
    """What cron runs each minute, each second: ``manage.py stripe_deliver``, for example."""
    from django.core.management import call_command
    from django.db import close_old_connections

    from tests.chaos import ready, travel

    travel.follow()
    ready.tell()
    while True:
        # Whatever it raises ends the process, and the supervisor starts another.
        close_old_connections()
        call_command(command)
        time.sleep(1)
