"""A life lost is charged to what was being tried at that moment, and to nothing else."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from django_inapp_notifications import preferences
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.models import Delivery, Digest, PendingRecipients, Status
from django_inapp_notifications.sending import later
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register


class Death(BaseException):
    """What nothing catches, as the end of a process."""


@pytest.fixture(autouse=True)
def sweep_only(settings):
    settings.NOTIFICATION_DISPATCHER = "none"


@pytest.fixture
def users(make_user):
    return [make_user(f"u{n:02}") for n in range(41)]


@pytest.fixture
def deadly(recorded, monkeypatch):
    """Sending to the eleventh user ends the process."""
    sent = []

    def send(self, outgoing):
        if outgoing.user.username == "u10":
            raise Death
        sent.append(outgoing.user.username)

    monkeypatch.setattr(recorded, "send", send)
    return sent


def run_until_idle(work, model):
    """Run it again after each lease, as cron would; return how many processes died."""
    deaths = 0
    for _ in range(20):
        model.objects.update(not_before=timezone.now())
        try:
            work()
        except Death:
            deaths += 1
    return deaths


def test_one_mail_that_kills_costs_no_other_an_attempt(users, deadly, settings):
    notify(users, "match", title="x")
    assert run_until_idle(deliver_due, Delivery) == settings.NOTIFICATION_MAX_ATTEMPTS
    assert len(deadly) == len(set(deadly)) == 40
    assert Delivery.objects.get(status=Status.FAILED).recipient.username == "u10"
    assert set(Delivery.objects.filter(status=Status.SENT).values_list("attempts")) == {(1,)}


def test_nor_does_a_digest_that_kills(users, deadly, settings):
    for user in users:
        preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(users, "match", title="x")
    deliver_due()
    assert run_until_idle(send_due_digests, Digest) == settings.NOTIFICATION_MAX_ATTEMPTS
    assert len(deadly) == len(set(deadly)) == 40
    assert Digest.objects.get(status=Status.FAILED).recipient.username == "u10"


def test_nor_does_a_rule_that_kills_before_anything_is_sent(user, other_user, recorded, settings):
    def die(user, rows):
        raise Death

    register(NotificationType("deadly", channels=("in_app", "recorded"), access=die))
    notify(user, "deadly", title="x")
    notify(other_user, "match", title="y")
    deaths = run_until_idle(deliver_due, Delivery)
    assert [sent.user for sent in recorded.sent] == [other_user]
    assert Delivery.objects.get(status=Status.FAILED).recipient == user
    # The first took both with it, and charged neither.
    assert deaths == settings.NOTIFICATION_MAX_ATTEMPTS + 1


def test_a_chunk_of_recipients_that_kills_is_tried_ever_more_rarely(user, other_user, monkeypatch):
    notify([user], "match", title="x", background=True)
    notify([other_user], "match", title="y", background=True)
    deadly = PendingRecipients.objects.earliest("pk")
    PendingRecipients.objects.filter(pk=deadly.pk).update(attempts=6)
    real = later.write_recipients

    def write(message, *args):
        if message.pk == deadly.message_id:
            raise Death
        return real(message, *args)

    monkeypatch.setattr(later, "write_recipients", write)
    with pytest.raises(Death):
        later.write_due_recipients()
    later.write_due_recipients()
    row = PendingRecipients.objects.get()
    assert (row.pk, row.attempts) == (deadly.pk, 7)
    assert row.not_before > timezone.now() + timedelta(minutes=30)


def test_what_was_only_claimed_was_not_tried(users, deadly):
    notify(users, "match", title="x")
    with pytest.raises(Death):
        deliver_due()
    others = ~Q(recipient__username="u10") & Q(status=Status.PENDING)
    assert set(Delivery.objects.filter(others).values_list("attempts")) == {(0,)}
    assert Delivery.objects.get(recipient__username="u10").attempts == 1
