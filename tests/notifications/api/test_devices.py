"""Devices by the API: an address belongs to whoever registered it last, and goes with log-out."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from django_inapp_notifications import clock
from django_inapp_notifications.channels import devices
from django_inapp_notifications.maintenance.retention import erase_user, export_user
from django_inapp_notifications.models import Device
from tests.notifications.support.api import ApiClient

PHONE = UUID("8b7f6a4e-0000-4000-8000-000000000001")
TABLET = UUID("8b7f6a4e-0000-4000-8000-000000000002")
APP = "com.example.arena"


@pytest.fixture(autouse=True)
def kinds(settings: Any) -> None:
    settings.NOTIFICATION_APNS_TOPICS = [APP]
    settings.NOTIFICATION_CHANNELS = [
        *settings.NOTIFICATION_CHANNELS,
        "tests.notifications.support.channels.PhoneChannel",
        "tests.notifications.support.channels.TabletChannel",
    ]


def body(address: str = "token-1", **more: Any) -> dict[str, Any]:
    return {"kind": "fcm", "address": address, **more}


def test_a_device_is_registered_and_renewed(api: ApiClient, user: Any) -> None:
    before = clock.now()
    shown = api.put(f"/devices/{PHONE}/", body(locale="pt-BR", time_zone="Asia/Tokyo")).json()
    assert "token-1" not in str(shown)
    assert (shown["installation"], shown["locale"]) == (str(PHONE), "pt-BR")
    api.put(f"/devices/{PHONE}/", body("token-2"))
    [row] = Device.objects.filter(user=user)
    assert (row.address, row.locale, row.time_zone) == ("token-2", "", "")
    assert row.last_seen_at >= before


@pytest.mark.parametrize("installation", [PHONE, TABLET])
def test_an_address_belongs_to_the_user_who_registered_it_last(
    api: ApiClient, other_api: ApiClient, other_user: Any, installation: UUID
) -> None:
    """The phone changes hands, with the app in place or with a new one."""
    api.put(f"/devices/{PHONE}/", body())
    other_api.put(f"/devices/{installation}/", body())
    assert [row.user for row in Device.objects.all()] == [other_user]
    api.delete(f"/devices/{installation}/")
    assert Device.objects.filter(user=other_user).exists()


def test_an_installation_has_one_user(
    api: ApiClient, other_api: ApiClient, other_user: Any
) -> None:
    api.put(f"/devices/{PHONE}/", body("token-1"))
    other_api.put(f"/devices/{PHONE}/", body("token-2"))
    assert [row.user for row in Device.objects.all()] == [other_user]


def test_logging_out_removes_it(api: ApiClient) -> None:
    api.put(f"/devices/{PHONE}/", body())
    for _time in range(2):
        assert api.delete(f"/devices/{PHONE}/").status_code == 204
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"address": ""}, "address"),
        ({"address": "two words"}, "address"),
        ({"address": "line\u2028break"}, "address"),
        ({"address": "é" * 2049}, "address"),
        ({"address": "x" * 4097}, "address"),
        ({"locale": "not a language"}, "locale"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"environment": "test"}, "environment"),
        ({"kind": "apns", "app": "com.example.other"}, "app"),
        ({"kind": "apns"}, "app"),
    ],
)
def test_what_is_no_device_is_refused(api: ApiClient, changes: Any, field: str) -> None:
    answer = api.put(f"/devices/{PHONE}/", body() | changes)
    assert answer.status_code == 400
    assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{field}"]
    assert not Device.objects.exists()


def test_an_address_has_up_to_4_kb(api: ApiClient) -> None:
    assert api.put(f"/devices/{PHONE}/", body("x" * 4096)).status_code == 200
    apple = {"kind": "apns", "address": "y" * 4096, "app": APP, "environment": "sandbox"}
    assert api.put(f"/devices/{TABLET}/", apple).json()["environment"] == "sandbox"


def test_a_kind_without_a_channel_is_refused(api: ApiClient, settings: Any) -> None:
    settings.NOTIFICATION_CHANNELS = settings.NOTIFICATION_CHANNELS[:3]
    answer = api.put(f"/devices/{PHONE}/", body())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/kind")


@pytest.mark.parametrize("name", ["1", "token-1", "8b7f6a4e"])
def test_an_installation_is_a_uuid(api: ApiClient, name: str) -> None:
    assert api.put(f"/devices/{name}/", body()).status_code == 404
    assert api.delete(f"/devices/{name}/").status_code == 404


def test_the_longest_unseen_goes_when_there_are_too_many(user: Any) -> None:
    for number in range(devices.MAX_PER_USER + 2):
        devices.register(user, uuid4(), kind="fcm", address=f"token-{number}")
    left = Device.objects.order_by("pk").values_list("address", flat=True)
    assert list(left) == [f"token-{number}" for number in range(2, devices.MAX_PER_USER + 2)]


def test_an_export_has_them_and_an_erasure_removes_them(user: Any, other_user: Any) -> None:
    devices.register(user, PHONE, kind="fcm", address="token-1")
    devices.register(other_user, TABLET, kind="fcm", address="token-2")
    assert [each["address"] for each in export_user(user)["devices"]] == ["token-1"]
    erase_user(user)
    assert [row.user for row in Device.objects.all()] == [other_user]


def test_the_admin_shows_no_address(admin_client: Client, user: Any) -> None:
    row = devices.register(user, PHONE, kind="fcm", address="token-of-ana")
    for path in ("", f"{row.pk}/change/"):
        page = admin_client.get(f"/admin/django_inapp_notifications/device/{path}")
        assert page.status_code == 200
        assert b"token-of-ana" not in page.content
        assert row.address_hash[:8].encode() in page.content
    assert admin_client.get("/admin/django_inapp_notifications/device/add/").status_code == 403
