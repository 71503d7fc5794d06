"""Preferences by the API: one cell at a time, as the page does."""

from typing import Any

import pytest

from django_inapp_notifications import types
from django_inapp_notifications.channels import push_keys
from django_inapp_notifications.models import (
    NotificationPreference,
    NotificationSettings,
    PreferenceChange,
)
from django_inapp_notifications.types import NotificationType
from tests.notifications.support.api import ApiClient


def cell(page: Any, slug: str, channel: str) -> dict[str, Any]:
    [row] = [each for each in page.json()["types"] if each["type"] == slug]
    [found] = [each for each in row["channels"] if each["channel"] == channel]
    return found


def test_defaults_are_what_the_types_declare(api: ApiClient) -> None:
    page = api.get("/preferences/")
    assert cell(page, "mail", "email") == {"channel": "email", "enabled": True, "locked": False}
    assert not cell(page, "tournament", "email")["enabled"]


def test_one_change_writes_one_row(api: ApiClient, user: Any) -> None:
    change = {"type": "mail", "channel": "email", "enabled": False}
    assert not cell(api.patch("/preferences/", change), "mail", "email")["enabled"]
    [row] = NotificationPreference.objects.filter(user=user)
    assert (row.type, row.channel, row.enabled) == ("mail", "email", False)
    assert PreferenceChange.objects.get(user=user).how == "api"


def test_a_channel_is_switched_off_and_its_frequency_chosen(api: ApiClient) -> None:
    api.patch("/preferences/", {"channel": "email", "enabled": False})
    shown = api.patch("/preferences/", {"channel": "email", "frequency": "daily"}).json()
    [mail] = [each for each in shown["channels"] if each["channel"] == "email"]
    assert (mail["enabled"], mail["frequency"]) == (False, "daily")
    shown = api.patch("/preferences/", {"channel": "email", "frequency": "immediately"}).json()
    assert "immediately" in [each["frequency"] for each in shown["channels"]]


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "email"},
        {"channel": "email", "enabled": True, "frequency": "daily"},
        {"channel": "email", "type": "mail", "frequency": "daily"},
        {"channel": "pigeon", "enabled": True},
        {"channel": "in_app", "enabled": False},
        {"channel": "email", "type": "no-such-type", "enabled": True},
        {"channel": "email", "type": "locked", "enabled": False},
        {"channel": "email", "frequency": "yearly"},
        {"enabled": True},
        [],
        "text",
    ],
)
def test_nonsense_is_refused_and_writes_nothing(api: ApiClient, change: Any) -> None:
    types.register(NotificationType("locked", label="L", channels=("email",), locked=True))
    answer = api.patch("/preferences/", change)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert not NotificationPreference.objects.exists()


def test_a_type_that_does_not_concern_the_user_is_not_there(api: ApiClient) -> None:
    types.register(NotificationType("staff", label="S", offered_to=lambda user: user.is_staff))
    assert "staff" not in [each["type"] for each in api.get("/preferences/").json()["types"]]
    change = {"channel": "email", "type": "staff", "enabled": True}
    assert api.patch("/preferences/", change).status_code == 400


def test_quiet_hours_are_set_in_part(api: ApiClient, user: Any) -> None:
    hours = {"quiet_hours": True, "quiet_start": "22:00", "quiet_end": "07:00"}
    shown = api.patch("/settings/", {**hours, "quiet_days": [0, 6], "time_zone": "Asia/Tokyo"})
    assert shown.json() == api.get("/settings/").json()
    assert shown.json()["quiet_days"] == [0, 6]
    row = NotificationSettings.objects.get(user=user)
    assert (row.quiet_start.hour, row.quiet_days, row.digest_hour) == (22, 0b1000001, 8)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/time_zone"),
        ({"digest_hour": 24}, "/digest_hour"),
        ({"quiet_days": [7]}, "/quiet_days/0"),
        ({"quiet_hours": True}, "/quiet_start"),
        ({"muted_until": "soon"}, "/muted_until"),
    ],
)
def test_a_bad_value_is_pointed_at(api: ApiClient, change: Any, pointer: str) -> None:
    answer = api.patch("/settings/", change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not NotificationSettings.objects.exclude(digest_hour=8, time_zone="").exists()


def test_what_others_changed_is_not_overwritten(api: ApiClient) -> None:
    etag = api.get("/settings/")["ETag"]
    assert api.patch("/settings/", {"digest_hour": 9}, **{"If-Match": etag}).status_code == 200
    late = api.patch("/settings/", {"digest_hour": 10}, **{"If-Match": etag})
    assert late.status_code == 412
    assert api.get("/settings/").json()["digest_hour"] == 9


def test_a_browser_is_subscribed_and_forgotten(api: ApiClient, user: Any, settings: Any) -> None:
    settings.NOTIFICATION_CHANNELS = ["django_inapp_notifications.channels.push.PushChannel"]
    settings.NOTIFICATION_VAPID_PRIVATE_KEY = push_keys.new_private_key()
    settings.NOTIFICATION_PUSH_HOSTS = settings.NOTIFICATION_PRIVATE_HOSTS = ["127.0.0.1"]
    # Any point of the curve will do, and any sixteen bytes.
    keys = {"p256dh": push_keys.public_key(), "auth": "MDEyMzQ1Njc4OWFiY2RlZg"}
    body = {"endpoint": "http://127.0.0.1:9/one", "keys": keys}
    assert api.post("/push-subscriptions/", body).status_code == 204
    assert push_keys.is_remembered(user, body["endpoint"])
    assert api.post("/push-subscriptions/unsubscribe/", {"endpoint": body["endpoint"]})
    assert not push_keys.is_remembered(user, body["endpoint"])


def test_without_web_push_there_is_no_such_route(api: ApiClient) -> None:
    keys = {"p256dh": "x", "auth": "y"}
    answer = api.post("/push-subscriptions/", {"endpoint": "https://x.example", "keys": keys})
    assert answer.status_code == 404
