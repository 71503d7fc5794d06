"""What cron runs each minute, each second: ``manage.py stripe_deliver``, in one process."""

import time

import django
from django.core.management import call_command
from django.db import close_old_connections

from tests.chaos import ready

if __name__ == "__main__":
    django.setup()
    ready.tell()
    while True:
        # Whatever it raises ends the process, and the supervisor starts another.
        close_old_connections()
        call_command("stripe_deliver")
        time.sleep(1)
