"""The channel's trouble costs no item an attempt, and a horizon in days ends it."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.messages.storage.fallback import FallbackStorage
from django.utils import timezone

from django_inapp_notifications import clock, preferences
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.exceptions import (
    ChannelDown,
    PermanentFailure,
    ProviderRefusal,
    TemporaryFailure,
)
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import ChannelState, Delivery, Digest, Status
from django_inapp_notifications.services import notify

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def sweep_only(settings):
    settings.NOTIFICATION_DISPATCHER = "none"


@pytest.fixture
def users(make_user):
    return [make_user(f"u{n:02}") for n in range(40)]


def sweep_for(length, step):
    """Sweep again and again while the clock moves on by so much."""
    for number in range(int(length / step)):
        with clock.shifted(step * number):
            sweep()


@pytest.mark.parametrize("error", [ChannelDown("refused"), TemporaryFailure("454 later")])
def test_a_day_of_trouble_loses_no_mail(error, users, recorded):
    recorded.failures["*"] = error
    notify(users, "match", title="x")
    sweep_for(DAY, HOUR)
    assert set(Delivery.objects.values_list("status", "attempts")) == {(Status.PENDING, 0)}
    recorded.failures.clear()
    with clock.shifted(DAY + 7 * HOUR):
        sweep()
    assert len(recorded.sent) == 40


def test_nor_does_it_lose_a_digest(users, recorded):
    for user in users[:8]:
        preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(users[:8], "match", title="x")
    deliver_due()
    Digest.objects.update(not_before=timezone.now())
    recorded.failures["*"] = ChannelDown("refused")
    sweep_for(DAY, HOUR)
    assert set(Digest.objects.values_list("status", "attempts")) == {(Status.PENDING, 0)}
    recorded.failures.clear()
    with clock.shifted(DAY + 7 * HOUR):
        send_due_digests()
    assert len(recorded.sent) == 8


def test_beyond_the_horizon_of_its_channel_it_is_given_up(user, recorded, settings):
    settings.NOTIFICATION_RETRY_DAYS = {"recorded": 3, "*": 1}
    recorded.failures["*"] = TemporaryFailure("454 later")
    notify(user, "match", title="x")
    sweep_for(2 * DAY, 2 * HOUR)
    assert Delivery.objects.get().status == Status.PENDING
    with clock.shifted(3 * DAY + HOUR):
        sweep()
    assert Delivery.objects.get().status == Status.FAILED


def test_the_horizon_counts_from_the_first_try(user, recorded):
    notify(user, "match", title="x")
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=30))
    recorded.failures["*"] = ChannelDown("refused")
    sweep()
    assert Delivery.objects.get().status == Status.PENDING


def test_a_run_of_equal_refusals_is_the_channels_trouble(users, recorded):
    """The answer to each names its recipient, and is the same nevertheless."""
    for user in users:
        text = f"550 5.7.1 <{user.email}> id {1000 + user.pk}: this site is blocked"
        recorded.failures[user.username] = ProviderRefusal(text)
    notify(users, "match", title="x")
    sweep_for(DAY, HOUR)
    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.PENDING}
    assert ChannelState.objects.get().open_until
    recorded.failures.clear()
    with clock.shifted(DAY + 7 * HOUR):
        sweep()
    assert len(recorded.sent) == len(users)


def test_what_was_refused_before_the_run_stays_given_up(users, recorded):
    recorded.failures["*"] = ProviderRefusal("550 nobody here")
    notify(users[0], "match", title="x")
    sweep()
    recorded.failures.clear()
    notify(users[0], "match", title="y")
    sweep()
    with clock.shifted(DAY):
        recorded.failures["*"] = ProviderRefusal("550 this site is blocked")
        notify(users[1:], "match", title="x")
        sweep()
    lost = Delivery.objects.filter(status=Status.FAILED)
    assert [each.recipient for each in lost] == [users[0]]


def test_a_digest_of_a_run_of_refusals_is_put_back(users, recorded):
    for user in users[:8]:
        preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(users[:8], "match", title="x")
    deliver_due()
    Digest.objects.update(not_before=timezone.now())
    recorded.failures["*"] = ProviderRefusal("550 this site is blocked")
    sweep_for(DAY, HOUR)
    assert set(Digest.objects.values_list("status", flat=True)) == {Status.PENDING}
    recorded.failures.clear()
    with clock.shifted(DAY + 7 * HOUR):
        sweep()
    assert len(recorded.sent) == 8


def test_refusals_between_successes_are_those_of_their_items(users, recorded):
    for user in users[::2]:
        recorded.failures[user.username] = ProviderRefusal("550 nobody here")
    notify(users, "match", title="x")
    sweep()
    assert Delivery.objects.filter(status=Status.FAILED).count() == 20
    assert Delivery.objects.filter(status=Status.SENT).count() == 20


def test_what_no_provider_refused_trips_nothing(users, recorded):
    recorded.failures["*"] = PermanentFailure("The user has no address.")
    notify(users, "match", title="x")
    sweep()
    assert Delivery.objects.filter(status=Status.FAILED).count() == 40
    assert not ChannelState.objects.filter(failures__gt=0).exists()


def test_staff_resend_what_was_given_up_and_its_horizon_begins_again(user, recorded, rf):
    recorded.failures["*"] = TemporaryFailure("454 later")
    notify(user, "match", title="x")
    sweep()
    with clock.shifted(9 * DAY):
        sweep()
        assert Delivery.objects.get().status == Status.FAILED
        request = rf.post("/")
        request.session, request._messages = {}, None
        request._messages = FallbackStorage(request)
        admin.site.get_model_admin(Delivery).send_again(request, Delivery.objects.all())
        sweep()
        assert Delivery.objects.get().status == Status.PENDING
