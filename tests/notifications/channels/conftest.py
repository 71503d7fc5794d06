"""Stand-ins for the push services of phones, and a user's devices."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from django_inapp_notifications.channels import devices, fcm, mobile_http
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.models import Delivery, Device
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register
from tests.notifications.support import push_services

APP = "com.example.arena"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def mobile_settings(settings: Any, db: None) -> Iterator[Any]:
    settings.NOTIFICATION_CHANNELS = [
        "django_inapp_notifications.channels.in_app.InAppChannel",
        "django_inapp_notifications.channels.fcm.FcmChannel",
        "django_inapp_notifications.channels.apns.ApnsChannel",
    ]
    settings.NOTIFICATION_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.NOTIFICATION_FCM_SERVICE_ACCOUNT = {
        "project_id": "arena-1",
        "client_email": "push@arena-1.iam.gserviceaccount.com",
        "private_key": pem(RSA_KEY),
    }
    settings.NOTIFICATION_APNS_KEY = pem(EC_KEY)
    settings.NOTIFICATION_APNS_KEY_ID, settings.NOTIFICATION_APNS_TEAM_ID = "KEY1", "TEAM1"
    settings.NOTIFICATION_APNS_TOPICS = [APP]
    settings.NOTIFICATION_MOBILE_PUSH_ADDRESSES = {}
    fcm.forget_tokens()
    yield settings
    mobile_http.close_clients()


@pytest.fixture
def google(mobile_settings: Any) -> Iterator[push_services.Google]:
    register(NotificationType("ping", channels=("in_app", "fcm")))
    with push_services.google() as service:
        stand_ins = {"fcm": service.url, "fcm_token": service.url}
        mobile_settings.NOTIFICATION_MOBILE_PUSH_ADDRESSES |= stand_ins
        yield service
        mobile_http.close_clients()


@pytest.fixture
def apple(mobile_settings: Any) -> Iterator[push_services.Apple]:
    register(NotificationType("ping", channels=("in_app", "apns")))
    with push_services.apple() as service:
        stand_ins = {"apns_production": service.url}
        mobile_settings.NOTIFICATION_MOBILE_PUSH_ADDRESSES |= stand_ins
        yield service
        mobile_http.close_clients()


@pytest.fixture
def add_device(user: Any) -> Callable[..., Device]:
    def add(address: str = "one", kind: str = "fcm", **more: Any) -> Device:
        given = {"user": user, "app": APP, **more}
        return devices.register(given.pop("user"), uuid4(), kind=kind, address=address, **given)

    return add


@pytest.fixture
def ping(user: Any) -> Callable[..., Delivery]:
    """Notify Ana, deliver, and return what the outbox says of it."""

    def send(recipient: Any = None, **options: Any) -> Delivery:
        notify(recipient or user, "ping", **{"title": "Table 4", "message": "Round two", **options})
        deliver_due()
        return Delivery.objects.order_by("-pk")[0]

    return send
