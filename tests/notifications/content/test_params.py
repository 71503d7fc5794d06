"""Parameters keep their types: a template says the same in a preview, in the doctor and in mail."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.template import engines

from django_inapp_notifications.content import rendering
from django_inapp_notifications.content.params import copy_params
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.doctor.examine import templates
from django_inapp_notifications.exceptions import DedupeConflict
from django_inapp_notifications.models import Message
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

PARAMS = {
    "starts": datetime(2026, 11, 30, 19, 5, 7, 123456, tzinfo=UTC),
    "day": date(2026, 12, 24),
    "doors": time(18, 30),
    "length": timedelta(days=1, minutes=90),
    "fee": Decimal("20.50"),
    "rows": [{"at": date(2027, 1, 1)}],
}
SUBJECT = (
    '{{ starts|date:"H:i" }} {{ day|date:"j M" }} {{ doors|time:"H:i" }} {{ length }} '
    '{{ fee|floatformat:2 }} {{ rows.0.at|date:"Y" }}'
)
SAID = "19:05 24 Dec 18:30 1 day, 1:30:00 20.50 2027"


@pytest.fixture(autouse=True)
def timed(monkeypatch):
    """A type whose mail formats its parameters."""
    register(NotificationType("timed", channels=("email",), sample=PARAMS))
    own = {"notifications/timed/subject.txt": engines["django"].from_string(SUBJECT)}
    find = rendering.find_once
    monkeypatch.setattr(rendering, "find_once", lambda name: own.get(name) or find(name))


def test_they_come_back_from_the_database_as_what_they_were(user):
    message = notify(user, "timed", title="x", params=PARAMS).message
    assert message.params == PARAMS
    assert Message.objects.get(pk=message.pk).params == PARAMS


def test_mail_says_what_the_preview_says(user, client, make_user, settings):
    settings.TIME_ZONE = "UTC"
    notify(user, "timed", title="x", params=PARAMS)
    deliver_due()
    assert mail.outbox[0].subject == SAID
    client.force_login(make_user("staff", is_staff=True))
    assert f"<p>{SAID}</p>" in client.get("/notifications/preview/timed/").text


def test_preview_and_doctor_refuse_what_a_sender_could_not_send(client, make_user):
    register(NotificationType("timed2", sample={"user": object()}))
    assert [each.what for each in templates()] == ["templates of timed2"]
    client.force_login(make_user("staff", is_staff=True))
    with pytest.raises(TypeError, match="not JSON serializable"):
        client.get("/notifications/preview/timed2/")


def test_a_repeated_call_has_the_same_content(user):
    notify(user, "timed", title="x", params=PARAMS, dedupe_key="k")
    assert notify(user, "timed", title="x", params=PARAMS, dedupe_key="k").count == 0
    later = {**PARAMS, "starts": PARAMS["starts"] + timedelta(microseconds=1)}
    with pytest.raises(DedupeConflict):
        notify(user, "timed", title="x", params=later, dedupe_key="k")


@pytest.mark.parametrize(
    "value",
    [
        {"$date": "2026-13-01"},
        {"$date": 5},
        {"$decimal": "x"},
        {"$duration": "x"},
        {"$date": "2026-12-01", "b": 1},
        {"$other": "x"},
    ],
)
def test_an_object_that_only_looks_like_a_date_is_left_alone(value):
    assert copy_params({"value": value}) == {"value": value}
