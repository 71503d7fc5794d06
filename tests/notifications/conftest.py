from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_inapp_notifications import types
from django_inapp_notifications.models import Delivery, Notification
from django_inapp_notifications.types import NotificationType, register
from tests.notifications.support.channels import RecordingChannel


@pytest.fixture(autouse=True)
def registered_types() -> Iterator[None]:
    """The site's types, as its notification_types.py would register them."""
    before = dict(types.type_registry)
    register(NotificationType("tournament", label="Tournaments", group="Play"))
    register(NotificationType("coaching", label="Coaching", group="Play"))
    register(NotificationType("match", label="Matches", channels=("in_app", "recorded")))
    register(NotificationType("mail", label="Letters", channels=("in_app", "email")))
    RecordingChannel.reset()
    yield
    types.type_registry.clear()
    types.type_registry.update(before)


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    def make(name: str, **fields: Any) -> Any:
        return get_user_model().objects.create_user(name, f"{name}@example.com", "pw", **fields)

    return make


@pytest.fixture
def user(make_user: Callable[..., Any]) -> Any:
    return make_user("ana")


@pytest.fixture
def other_user(make_user: Callable[..., Any]) -> Any:
    return make_user("ben")


@pytest.fixture
def own_client(user: Any) -> Client:
    """A browser in which ``user`` is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def send(user: Any) -> Callable[..., Notification]:
    """Send Ana a notification; any argument of create_notification() may be given."""

    def create(title: str = "Hello", **options: Any) -> Notification:
        given = {"user": user, "title": title, "notification_type": "tournament"}
        return Notification.create_notification(**{**given, **options})

    return create


@pytest.fixture
def recorded() -> type[RecordingChannel]:
    """The channel "recorded", which sends nothing and remembers all."""
    return RecordingChannel


@pytest.fixture
def delivery(send: Callable[..., Notification]) -> Callable[..., Delivery]:
    """Notify by the recorded channel and return the outbox row; nothing is sent yet."""

    def create(title: str = "Hello", **options: Any) -> Delivery:
        notification = send(title, **{"notification_type": "match", **options})
        return Delivery.objects.get(notification=notification, channel="recorded")

    return create
