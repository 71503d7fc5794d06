"""Firebase Cloud Messaging, to a stand-in that answers as FCM does."""

import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.template import engines
from django.utils import timezone

from django_inapp_notifications.channels import devices, fcm, mobile, mobile_http
from django_inapp_notifications.content import rendering
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.exceptions import ConfigurationError
from django_inapp_notifications.models import ChannelState, Delivery, Device, Status
from django_inapp_notifications.preferences import change_settings, set_type
from tests.notifications.channels.conftest import RSA_KEY
from tests.notifications.support.push_services import Google, Said


def error(status: int, name: str, code: str = "", **headers: str) -> Said:
    details = [{"@type": "type.googleapis.com/google.rpc.Help"}]
    details += [{"errorCode": code}] if code else []
    return Said(status, {"error": {"code": status, "status": name, "details": details}}, headers)


UNREGISTERED = error(404, "NOT_FOUND", "UNREGISTERED")
INVALID = error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT")
SENDER = error(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH")


def addresses() -> list[str]:
    return list(Device.objects.order_by("pk").values_list("address", flat=True))


def test_a_device_shows_the_text_and_the_count(google: Google, add_device: Any, ping: Any) -> None:
    add_device("one")
    ping()
    delivery = ping()
    assert delivery.status == Status.SENT
    first, second = google.heard
    message = second.data
    assert message["notification"] == {"title": "Table 4", "body": "Round two"}
    link = f"https://example.com/notifications/{delivery.notification_id}/"
    assert message["data"]["url"] == link
    counts = [each.data["android"]["notification"]["notification_count"] for each in google.heard]
    assert counts == [1, 2]
    assert message["apns"]["payload"]["aps"]["badge"] == 2
    assert first.data["android"]["collapse_key"] != message["android"]["collapse_key"]
    assert second.headers[":path"] == "/v1/projects/arena-1/messages:send"


def test_a_token_is_made_once_and_claims_what_google_wants(
    google: Google, add_device: Any, ping: Any
) -> None:
    add_device("one")
    add_device("two")
    ping()
    [claim] = google.claims
    claims = jwt.decode(claim, RSA_KEY.public_key(), algorithms=["RS256"], audience=fcm.AUDIENCE)
    assert claims["scope"] == fcm.SCOPE
    assert claims["iss"] == "push@arena-1.iam.gserviceaccount.com"
    assert {each.headers["authorization"] for each in google.heard} == {"Bearer ya29.token"}


@pytest.mark.parametrize("said", [UNREGISTERED, SENDER])
def test_a_dead_device_goes_and_stops_no_other(
    google: Google, add_device: Any, ping: Any, said: Said
) -> None:
    add_device("dead")
    add_device("alive")
    google.answers["dead"] = said
    assert ping().status == Status.SENT
    assert addresses() == ["alive"]


def test_without_a_living_device_it_is_given_up(google: Google, add_device: Any, ping: Any) -> None:
    add_device("dead")
    google.answers["dead"] = UNREGISTERED
    assert ping().status == Status.FAILED
    assert addresses() == []


def test_an_address_that_was_renewed_meanwhile_stays(add_device: Any, user: Any) -> None:
    refused = add_device("dead")
    devices.register(user, refused.installation, kind="fcm", address="new")
    mobile.forget([refused])
    assert addresses() == ["new"]


def test_an_ambiguous_refusal_removes_a_device_only_if_another_took_the_same(
    google: Google, add_device: Any, ping: Any
) -> None:
    add_device("doubtful")
    google.answers["doubtful"] = INVALID
    assert ping().status == Status.FAILED
    assert addresses() == ["doubtful"]
    add_device("alive")
    assert ping().status == Status.SENT
    assert addresses() == ["alive"]


def test_a_run_of_ambiguous_refusals_pauses_the_channel(
    google: Google, add_device: Any, ping: Any, make_user: Any, settings: Any
) -> None:
    """It is what the site sends then, and nothing is given up for it."""
    settings.NOTIFICATION_BREAKER_FAILURES = 3
    for number in range(3):
        user = make_user(f"u{number}")
        add_device(f"address-{number}", user=user)
        google.answers[f"address-{number}"] = INVALID
        ping(user)
    assert ChannelState.objects.get(channel="fcm").open_until is not None
    assert not Delivery.objects.filter(status=Status.FAILED).exists()
    assert Device.objects.count() == 3


@pytest.mark.parametrize("status", [429, 503, 500])
def test_a_service_that_is_busy_is_asked_again_when_it_says(
    google: Google, add_device: Any, ping: Any, status: int
) -> None:
    add_device("one")
    google.answers["one"] = error(status, "BUSY", **{"Retry-After": "900"})
    before = timezone.now()
    delivery = ping()
    assert delivery.status == Status.PENDING
    assert delivery.not_before >= before + timedelta(seconds=890)
    google.answers.clear()
    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    tags = [each.data["android"]["notification"]["tag"] for each in google.heard]
    assert tags[0] == tags[1]
    assert Delivery.objects.get().status == Status.SENT


@pytest.mark.parametrize("said", [error(401, "UNAUTHENTICATED"), error(403, "PERMISSION_DENIED")])
def test_a_token_that_is_refused_is_the_channels_trouble(
    google: Google, add_device: Any, ping: Any, said: Said
) -> None:
    add_device("one")
    add_device("two")
    google.answers["one"] = said
    delivery = ping()
    assert (delivery.status, delivery.attempts) == (Status.PENDING, 0)
    assert ChannelState.objects.get(channel="fcm").failures == 1
    assert [each.address for each in google.heard] == ["one"]
    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    assert len(google.claims) == (2 if said.status == 401 else 1)


@pytest.mark.parametrize("said", [Said(401), Said(400), Said(200), Said(503), Said(cut=True)])
def test_without_a_token_nothing_is_sent(
    google: Google, add_device: Any, ping: Any, said: Said
) -> None:
    add_device("one")
    google.token_answer = said
    assert ping().status == Status.PENDING
    assert google.heard == []
    assert ChannelState.objects.get(channel="fcm").failures == 1


@pytest.mark.parametrize("said", [Said(cut=True), Said(hang=True)])
def test_a_cut_connection_and_a_slow_service_are_tried_again(
    google: Google, add_device: Any, ping: Any, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mobile_http, "TIMEOUT", 0.3)
    add_device("one")
    google.answers["one"] = said
    delivery = ping()
    assert (delivery.status, delivery.reason) == (Status.PENDING, "retry")
    assert "cannot be reached" in delivery.error
    assert addresses() == ["one"]


def test_a_device_has_a_language_and_a_time_zone_of_its_own(
    google: Google, add_device: Any, ping: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = engines["django"].from_string('{{ starts|date:"l H:i" }}')
    find = rendering.find_once
    own = {"notifications/ping/title.txt": title}
    monkeypatch.setattr(rendering, "find_once", lambda name: own.get(name) or find(name))
    add_device("plain")
    add_device("german", locale="de_AT", time_zone="Asia/Tokyo")
    add_device("english", time_zone="Asia/Tokyo")
    ping(title="", params={"starts": datetime(2026, 7, 1, 12, 0, tzinfo=UTC)})
    shown = {each.address: each.data["notification"]["title"] for each in google.heard}
    assert shown["german"] == "Mittwoch 21:00"
    assert shown["english"] == "Wednesday 21:00"
    assert shown["plain"].startswith("Wednesday")
    assert shown["plain"] != shown["english"]


def test_a_locked_screen_may_show_the_title_only(
    google: Google, add_device: Any, ping: Any, settings: Any
) -> None:
    settings.NOTIFICATION_PUSH_SHOWS_TEXT = False
    add_device("one")
    ping()
    assert google.heard[0].data["notification"] == {"title": "Table 4", "body": ""}


def test_what_expires_is_kept_no_longer(google: Google, add_device: Any, ping: Any) -> None:
    add_device("one")
    ping(expires_at=timezone.now() + timedelta(minutes=10))
    seconds = int(google.heard[0].data["android"]["ttl"].removesuffix("s"))
    assert 500 < seconds <= 600


def test_preferences_and_quiet_hours_hold(
    google: Google, add_device: Any, ping: Any, user: Any
) -> None:
    add_device("one")
    now = timezone.now()
    quiet = {
        "quiet_hours": True,
        "quiet_start": (now - timedelta(hours=1)).time(),
        "quiet_end": (now + timedelta(hours=2)).time(),
        "time_zone": "UTC",
    }
    change_settings(user, quiet, how="code")
    assert ping().status == Status.PENDING
    change_settings(user, {"quiet_hours": False}, how="code")
    set_type(user, "ping", "fcm", False, how="code")
    ping()
    assert google.heard == []


def test_a_message_stays_below_what_fcm_takes(google: Google, add_device: Any, ping: Any) -> None:
    add_device("x" * 200)
    ping(title="🏆" * 200, message="🏆" * 4000)
    assert int(google.heard[0].headers["content-length"]) < 4096


def test_only_a_private_host_may_stand_in(
    google: Google, add_device: Any, ping: Any, settings: Any
) -> None:
    settings.NOTIFICATION_PRIVATE_HOSTS = []
    add_device("one")
    assert ping().status == Status.PENDING
    assert (google.heard, google.claims) == ([], [])
    with pytest.raises(ConfigurationError, match="PRIVATE_HOSTS"):
        mobile_http.address_of("fcm")


def test_no_address_and_no_token_is_logged(
    google: Google, add_device: Any, ping: Any, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = uuid4().hex
    add_device(secret)
    google.answers[secret] = UNREGISTERED
    ping()
    assert secret not in caplog.text
    assert "ya29.token" not in caplog.text


@pytest.mark.parametrize(
    "account", [None, "", "{", "[]", {"project_id": "x"}, '{"client_email": "x"}']
)
def test_a_service_account_that_is_none_is_named(settings: Any, account: Any) -> None:
    settings.NOTIFICATION_FCM_SERVICE_ACCOUNT = account
    with pytest.raises(ConfigurationError, match="NOTIFICATION_FCM_SERVICE_ACCOUNT lacks"):
        fcm.service_account()


@pytest.mark.parametrize("package", ["httpx", "h2", "jwt"])
def test_without_the_extra_the_error_names_it(
    google: Google, add_device: Any, ping: Any, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    add_device("one")
    delivery = ping()
    assert delivery.status == Status.PENDING
    assert "django-inapp-notifications[mobile]" in delivery.error
