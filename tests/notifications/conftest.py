from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_inapp_notifications import types
from django_inapp_notifications.models import Notification
from django_inapp_notifications.types import NotificationType, register


@pytest.fixture(autouse=True)
def registered_types() -> Iterator[None]:
    """The site's types, as its notification_types.py would register them."""
    before = dict(types.type_registry)
    register(NotificationType("tournament", label="Tournaments", group="Play"))
    register(NotificationType("coaching", label="Coaching", group="Play"))
    yield
    types.type_registry.clear()
    types.type_registry.update(before)


@pytest.fixture
def make_user(db: None) -> Callable[..., Any]:
    def make(name: str, **fields: Any) -> Any:
        return get_user_model().objects.create_user(name, f"{name}@example.com", "pw", **fields)

    return make


@pytest.fixture
def ana(make_user: Callable[..., Any]) -> Any:
    return make_user("ana")


@pytest.fixture
def ben(make_user: Callable[..., Any]) -> Any:
    return make_user("ben")


@pytest.fixture
def ana_client(ana: Any) -> Client:
    """Ana's browser, logged in."""
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def send(ana: Any) -> Callable[..., Notification]:
    """Send Ana a notification; any argument of create_notification() may be given."""

    def create(title: str = "Hello", **options: Any) -> Notification:
        given = {"user": ana, "title": title, "notification_type": "tournament"}
        return Notification.create_notification(**{**given, **options})

    return create
