"""Each setting that can be wrong is said to be wrong, with its own id."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from django_inapp_notifications import types
from django_inapp_notifications.checks import channels
from django_inapp_notifications.checks import settings as checks
from django_inapp_notifications.types import NotificationType, register

CHECKS = [
    checks.check_numbers,
    checks.check_cache,
    checks.check_base_url,
    checks.check_link_hosts,
    channels.check_channels,
    channels.check_type_channels,
    checks.check_dispatcher,
    channels.check_types,
    channels.check_retry_days,
]


def found():
    return [message.id.split(".")[1] for check in CHECKS for message in check()]


def test_a_site_in_order_has_nothing_to_hear():
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("POLL_SECONDS", 0, "E001"),
        ("EXPIRY_DAYS", "90", "E001"),
        ("MAX_PER_USER", True, "E001"),
        ("CACHE", "nowhere", "E002"),
        ("BASE_URL", "example.com", "E003"),
        ("LINK_HOSTS", [".example.com"], "W004"),
        ("LINK_HOSTS", ["*"], "W004"),
        ("CHANNELS", ["no.such.Channel"], "E006"),
        ("DISPATCHER", "no.such.function", "E008"),
    ],
)
def test_what_is_wrong_is_named(settings, name, value, expected):
    setattr(settings, f"NOTIFICATION_{name}", value)
    assert expected in found()


def test_two_channels_of_one_name_are_an_error(settings):
    settings.NOTIFICATION_CHANNELS = [*settings.NOTIFICATION_CHANNELS] * 2
    assert "E006" in found()


def test_a_type_that_names_a_missing_channel_is_told():
    register(NotificationType("pigeons", channels=("pigeon",)))
    assert found() == ["W007"]


def test_more_types_than_a_form_can_send_are_told(settings):
    for number in range(200):
        types.register(types.NotificationType(f"t{number}"))
    (found,) = channels.check_form_size()
    assert found.id == "django_inapp_notifications.W010"
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None
    assert channels.check_form_size() == []


def test_a_site_without_types_is_told():
    types.type_registry.clear()
    assert found() == ["W005"]


def test_no_limit_is_a_choice(settings):
    settings.NOTIFICATION_EXPIRY_DAYS = settings.NOTIFICATION_MAX_PER_USER = None
    assert found() == []


def test_django_runs_them(settings, db):
    settings.NOTIFICATION_POLL_SECONDS = 0
    with pytest.raises(SystemCheckError, match=r"django_inapp_notifications\.E001"):
        call_command("check")


@pytest.mark.parametrize(
    ("days", "word"),
    [
        (5, "dictionary"),
        ({"emial": 5}, "emial"),
        ({"email": 0}, "number of days"),
        ({"*": "2"}, "2"),
    ],
)
def test_the_days_of_retrying_are_those_of_channels(days, word, settings):
    settings.NOTIFICATION_RETRY_DAYS = days
    (found,) = channels.check_retry_days()
    assert found.id == "django_inapp_notifications.E023"
    assert word in found.msg


def test_days_of_retrying_that_make_sense_are_fine(settings):
    assert channels.check_retry_days() == []
    settings.NOTIFICATION_RETRY_DAYS = {"recorded": 0.5, "*": 2}
    assert channels.check_retry_days() == []
