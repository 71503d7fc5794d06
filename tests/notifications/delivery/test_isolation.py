"""One function, template or channel of the site that fails stops what it concerns, and no more."""

import pytest

from django_inapp_notifications.channels.email import EmailChannel
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.explain import explain
from django_inapp_notifications.models import ChannelState, Delivery, Notification, Status
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register
from tests.notifications.support.channels import RecordingChannel


def fail(*args, **kwargs):
    raise RuntimeError("boom")


@pytest.fixture
def broken_access(db):
    register(NotificationType("secret", channels=("in_app", "recorded"), access=fail))


def test_an_access_function_that_fails_stops_its_own_type_only(broken_access, ana, ben, recorded):
    for user in [ana, ben]:
        notify(user, "secret", title="secret")
        notify(user, "match", title="match")
    deliver_due()
    assert [sent.title for sent in recorded.sent] == ["match", "match"]
    waiting = Delivery.objects.filter(status=Status.PENDING, reason="retry")
    assert {row.error for row in waiting} == {"RuntimeError: boom"}


def test_what_is_erased_while_it_is_looked_at_stops_nobody(ana, ben, recorded, monkeypatch):
    from django_inapp_notifications.delivery import rules

    notify([ana, ben], "match", title="x")
    with_content = Notification.objects.with_content

    def erase_first():
        Notification.objects.filter(recipient=ana).delete()
        return with_content()

    monkeypatch.setattr(rules.Notification.objects, "with_content", erase_first)
    deliver_due()
    assert [sent.user for sent in recorded.sent] == [ben]


def test_an_explanation_names_what_fails(broken_access, ana):
    notify(ana, "secret", title="secret")
    verdicts = dict(explain(Notification.objects.get())[1].rules)
    assert verdicts["access"] == "fails: RuntimeError: boom"
    assert verdicts["throttle"] == "not asked any more"


def test_a_channel_that_breaks_as_a_whole_is_down_and_stops_no_other(ana, recorded, monkeypatch):
    monkeypatch.setattr(EmailChannel, "send_batch", fail)
    notify(ana, "mail", title="x")
    notify(ana, "match", title="y")
    deliver_due()
    assert [sent.title for sent in recorded.sent] == ["y"]
    row = Delivery.objects.get(channel="email")
    assert (row.status, row.attempts, row.reason) == (Status.PENDING, 0, "channel_down")
    assert ChannelState.objects.get().failures == 1


def test_what_a_breaking_channel_had_taken_has_used_an_attempt(ana, ben, monkeypatch):
    def take_one(channel, batch):
        next(batch)
        fail()
        yield

    monkeypatch.setattr(RecordingChannel, "send_batch", take_one)
    notify([ana, ben], "match", title="x")
    deliver_due()
    assert sorted(Delivery.objects.values_list("attempts", "reason")) == [
        (0, "channel_down"),
        (1, "retry"),
    ]
