"""A hundred thousand recipients fit into little memory: the database reads them by itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# 100,000 for a thorough run; what grows with each recipient shows in a small one too.
RECIPIENTS = int(os.environ.get("FANNED_OUT_RECIPIENTS", "5000"))
# Kilobytes: 50 MB at 100,000, and a little that does not grow.
LIMIT = 2048 + 48 * 1024 * RECIPIENTS / 100_000

SCRIPT = """
import os, sys, tracemalloc, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["DATABASE_NAME"]
settings.NOTIFICATION_DISPATCHER = "none"
django.setup()
from django.contrib.auth import get_user_model
from django_inapp_notifications.models import Notification
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register
register(NotificationType("match", channels=("in_app", "recorded")))
users = get_user_model().objects
audience = {
    "queryset": lambda: users.all(),
    "generator": lambda: (pk for pk in users.values_list("pk", flat=True).iterator()),
    "background": lambda: users.all(),
}[sys.argv[1]]
notify(users.first(), "match", title="warm")
Notification.objects.all().delete()
tracemalloc.start()
notify(audience(), "match", title="x", background=sys.argv[1] == "background")
print(tracemalloc.get_traced_memory()[1] // 1024)
"""


@pytest.mark.parametrize("audience", ["queryset", "generator", "background"])
def test_a_big_audience_takes_little_memory(audience):
    user_model = get_user_model()
    made = [user_model(username=f"u{number}") for number in range(RECIPIENTS)]
    user_model.objects.bulk_create(made, batch_size=5000)
    root = Path(__file__).parents[3]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.notifications.settings"}
    environment |= {"PYTHONPATH": str(root), "DATABASE_NAME": str(connection.settings_dict["NAME"])}
    command = [sys.executable, "-c", SCRIPT, audience]
    done = subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, check=True
    )
    assert int(done.stdout.split()[-1]) < LIMIT
