"""A process that dies while a push service has its message: nothing is lost, one is shown."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import connection
from django.utils import timezone

from django_inapp_notifications.channels import devices
from django_inapp_notifications.models import Delivery, Status
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register
from tests.notifications.support import push_services

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[3]


def start(url: str) -> "subprocess.Popen[bytes]":
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {"project_id": "p", "client_email": "a@example.com", "private_key": key.decode()}
    script = ROOT / "tests/notifications/support/mobile_process.py"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.notifications.settings",
        "DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, str(script), "-", url, json.dumps(account)]
    return subprocess.Popen(command, env=environment, cwd=ROOT)


def test_a_death_while_sending_repeats_it_with_the_same_collapse_id(
    user: Any, settings: Any
) -> None:
    settings.NOTIFICATION_DISPATCHER = "none"
    settings.NOTIFICATION_CHANNELS = [
        "django_inapp_notifications.channels.in_app.InAppChannel",
        "django_inapp_notifications.channels.fcm.FcmChannel",
    ]
    register(NotificationType("ping", channels=("in_app", "fcm")))
    devices.register(user, uuid4(), kind="fcm", address="one")
    notify(user, "ping", title="Table 4")
    with push_services.google() as google:
        first = start(google.url)
        google.on_push = lambda heard: first.send_signal(signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL
        assert Delivery.objects.get().status == Status.PENDING
        google.on_push = lambda heard: None
        Delivery.objects.update(not_before=timezone.now())  # its lease has ended
        assert start(google.url).wait() == 0
    assert Delivery.objects.get().status == Status.SENT
    killed, repeated = (each.data["android"] for each in google.heard)
    assert killed["collapse_key"] == repeated["collapse_key"]
    assert killed["notification"]["tag"] == repeated["notification"]["tag"]
