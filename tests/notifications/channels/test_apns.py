"""Apple's push service, to a stand-in that speaks HTTP/2 and answers as APNs does."""

import logging
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.utils import timezone

from django_inapp_notifications.channels import apns, mobile_http
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.exceptions import ConfigurationError
from django_inapp_notifications.models import ChannelState, Delivery, Device, Status
from tests.notifications.channels.conftest import APP, EC_KEY
from tests.notifications.support.push_services import Apple, Said


@pytest.fixture
def add_phone(add_device: Any) -> Any:
    def add(address: str = "one", **more: Any) -> Device:
        device: Device = add_device(address, "apns", **more)
        return device

    return add


def said(status: int, reason: str, **more: Any) -> Said:
    return Said(status, {"reason": reason, **more})


def addresses() -> list[str]:
    return list(Device.objects.order_by("pk").values_list("address", flat=True))


def now_ms(**shift: float) -> int:
    return int((timezone.now() + timedelta(**shift)).timestamp() * 1000)


def test_a_device_shows_the_text_and_the_count(apple: Apple, add_phone: Any, ping: Any) -> None:
    add_phone()
    assert ping().status == Status.SENT
    [heard] = apple.heard
    delivery = Delivery.objects.get()
    assert heard.data["aps"]["alert"] == {"title": "Table 4", "body": "Round two"}
    assert heard.data["aps"]["badge"] == 1
    assert heard.data["url"].endswith(f"/notifications/{delivery.notification_id}/")
    headers = heard.headers
    assert (headers["apns-topic"], headers["apns-push-type"]) == (APP, "alert")
    assert headers["apns-priority"] == "10"
    assert headers["apns-collapse-id"].startswith(f"delivery-{delivery.pk}-")
    assert len(headers["apns-collapse-id"]) <= apns.MAX_COLLAPSE_ID
    assert int(headers["apns-expiration"]) > time.time()


def test_one_connection_and_one_token_serve_all(
    apple: Apple, add_phone: Any, ping: Any, settings: Any
) -> None:
    """Apple answers TooManyProviderTokenUpdates to a token for each message."""
    for number in range(3):
        add_phone(f"phone-{number}")
    ping()
    ping()
    tokens = {each.headers["authorization"] for each in apple.heard}
    assert (len(apple.heard), len(tokens), apple.connections) == (6, 1, 1)
    token = tokens.pop().removeprefix("bearer ")
    assert jwt.decode(token, EC_KEY.public_key(), algorithms=["ES256"])["iss"] == "TEAM1"
    assert jwt.get_unverified_header(token)["kid"] == "KEY1"


@pytest.mark.parametrize(
    "answer",
    [
        said(400, "BadDeviceToken"),
        said(400, "DeviceTokenNotForTopic"),
        said(410, "Unregistered"),
        said(410, "ExpiredToken", timestamp=now_ms(days=1)),
    ],
)
def test_a_dead_device_goes_and_stops_no_other(
    apple: Apple, add_phone: Any, ping: Any, answer: Said
) -> None:
    add_phone("dead")
    add_phone("alive")
    apple.answers["dead"] = answer
    assert ping().status == Status.SENT
    assert addresses() == ["alive"]


def test_a_device_that_came_back_since_it_was_dead_stays(
    apple: Apple, add_phone: Any, ping: Any
) -> None:
    add_phone("back")
    apple.answers["back"] = said(410, "Unregistered", timestamp=now_ms(days=-1))
    assert ping().status == Status.FAILED
    assert addresses() == ["back"]


@pytest.mark.parametrize("reason", ["BadTopic", "PayloadEmpty"])
def test_what_is_wrong_with_the_site_removes_no_device(
    apple: Apple, add_phone: Any, ping: Any, settings: Any, reason: str
) -> None:
    settings.NOTIFICATION_BREAKER_FAILURES = 2
    add_phone()
    apple.answers["one"] = said(400, reason)
    ping()
    ping()
    assert addresses() == ["one"]
    assert ChannelState.objects.get(channel="apns").open_until is not None
    assert not Delivery.objects.filter(status=Status.FAILED).exists()


def test_a_message_that_is_too_large_is_given_up(apple: Apple, add_phone: Any, ping: Any) -> None:
    add_phone()
    apple.answers["one"] = said(413, "PayloadTooLarge")
    assert ping().status == Status.FAILED
    assert addresses() == ["one"]


@pytest.mark.parametrize(
    "answer",
    [
        said(403, "InvalidProviderToken"),
        said(403, "ExpiredProviderToken"),
        said(401, ""),
        said(429, "TooManyProviderTokenUpdates"),
    ],
)
def test_a_token_that_is_refused_is_the_channels_trouble(
    apple: Apple, add_phone: Any, ping: Any, answer: Said
) -> None:
    add_phone("one")
    add_phone("two")
    apple.answers["one"] = answer
    delivery = ping()
    assert (delivery.status, delivery.attempts) == (Status.PENDING, 0)
    assert ChannelState.objects.get(channel="apns").failures == 1
    assert [each.address for each in apple.heard] == ["one"]
    assert addresses() == ["one", "two"]
    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    # A token that is younger than twenty minutes is not replaced.
    assert len({each.headers["authorization"] for each in apple.heard}) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [(429, "TooManyRequests"), (500, "InternalServerError"), (503, "ServiceUnavailable")],
)
def test_a_service_that_is_busy_is_asked_again_with_the_same_collapse_id(
    apple: Apple, add_phone: Any, ping: Any, status: int, reason: str
) -> None:
    add_phone()
    apple.answers["one"] = Said(status, {"reason": reason}, {"retry-after": "900"})
    before = timezone.now()
    delivery = ping()
    assert delivery.status == Status.PENDING
    assert delivery.not_before >= before + timedelta(seconds=890)
    apple.answers.clear()
    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    first, again = (each.headers["apns-collapse-id"] for each in apple.heard)
    assert first == again
    assert Delivery.objects.get().status == Status.SENT


@pytest.mark.parametrize("answer", [Said(cut=True), Said(hang=True)])
def test_a_cut_connection_and_a_slow_service_are_tried_again(
    apple: Apple, add_phone: Any, ping: Any, answer: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mobile_http, "TIMEOUT", 0.3)
    add_phone()
    apple.answers["one"] = answer
    delivery = ping()
    assert (delivery.status, delivery.reason) == (Status.PENDING, "retry")
    assert "cannot be reached" in delivery.error
    apple.answers.clear()
    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    assert Delivery.objects.get().status == Status.SENT
    assert addresses() == ["one"]


def test_a_device_of_the_sandbox_is_sent_to_the_sandbox(
    apple: Apple, add_phone: Any, ping: Any, settings: Any
) -> None:
    settings.NOTIFICATION_MOBILE_PUSH_ADDRESSES = {"apns_sandbox": apple.url}
    add_phone(environment="sandbox")
    assert ping().status == Status.SENT
    assert mobile_http.address_of("apns_production") == "https://api.push.apple.com"


def test_an_address_is_no_path(apple: Apple, add_phone: Any, ping: Any) -> None:
    add_phone("../../other?x=1#y")
    ping()
    assert apple.heard[0].address == "../../other?x=1#y"
    assert "?" not in apple.heard[0].headers[":path"]


@pytest.mark.parametrize(("priority", "level"), [("low", "5"), ("urgent", "10")])
def test_what_is_not_urgent_may_wait_and_makes_no_sound(
    apple: Apple, add_phone: Any, ping: Any, priority: str, level: str
) -> None:
    add_phone()
    ping(priority=priority)
    [heard] = apple.heard
    assert heard.headers["apns-priority"] == level
    assert ("sound" in heard.data["aps"]) == (priority == "urgent")


def test_no_address_and_no_token_is_logged(
    apple: Apple, add_phone: Any, ping: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = uuid4().hex
    add_phone(secret)
    ping()
    token = apple.heard[0].headers["authorization"].removeprefix("bearer ")
    assert secret not in caplog.text
    assert token not in caplog.text


def test_a_key_that_is_missing_or_none_is_named(
    mobile_settings: Any, add_phone: Any, settings: Any
) -> None:
    settings.NOTIFICATION_APNS_KEY = "no key"
    with pytest.raises(ConfigurationError, match="NOTIFICATION_APNS_KEY is no key"):
        apns.provider_token()
    settings.NOTIFICATION_APNS_KEY = ""
    with pytest.raises(ConfigurationError, match=r"\.p8"):
        apns.provider_token()
