"""Why something was sent or not, what the numbers are, and what support sees of it."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.delivery.explain import explain
from django_inapp_notifications.exceptions import PermanentFailure
from django_inapp_notifications.maintenance.metrics import (
    deliveries_by_day,
    inbox_by_day,
    totals,
)
from django_inapp_notifications.models import Delivery, Digest, Status
from django_inapp_notifications.types import NotificationType, register


def test_it_names_the_rule_that_stopped_it(user, delivery):
    row = delivery()
    preferences.set_type(user, "match", "recorded", False, how="code")
    deliver_due()
    in_app, recorded = explain(row.notification, user)
    assert (in_app.channel, in_app.reason) == ("in_app", "unread")
    assert (recorded.status, recorded.reason) == ("Skipped", "type_off")
    verdicts = dict(recorded.rules)
    assert verdicts["expired"] == "passes"
    assert verdicts["preference"] == "skip: type_off"
    assert verdicts["quiet_hours"] == "not checked"


def test_another_users_is_not_explained(other_user, send):
    with pytest.raises(ValueError, match="another"):
        explain(send(), other_user)


def test_the_command_prints_it(delivery, capsys):
    row = delivery()
    deliver_due()
    call_command("notifications_explain", str(row.notification_id))
    assert "recorded: Sent (at " in capsys.readouterr().out


def test_the_types_are_listed(capsys, db):
    register(NotificationType("owed", label="Owed", locked=True, transactional=True))
    call_command("notifications_types")
    assert "owed: Owed [in_app] locked transactional digestible" in capsys.readouterr().out


def test_numbers_count_what_people_did(user, send):
    made = [send(title) for title in "abcd"]
    inbox.mark_all_read(user, made[1].pk)
    inbox.mark_clicked(user, made[0].pk)
    inbox.archive(user, [made[3].pk])
    (row,) = inbox_by_day()
    assert (row["created"], row["read"], row["clicked"], row["dismissed"]) == (4, 2, 1, 1)


def test_numbers_tell_deliveries_apart(delivery, recorded, capsys):
    delivery()
    deliver_due()
    recorded.failures["*"] = PermanentFailure("no")
    delivery()
    deliver_due()
    delivery()
    assert {row["status"]: row["count"] for row in deliveries_by_day()} == {
        "sent": 1,
        "failed": 1,
        "pending": 1,
    }
    assert (totals()["due"], totals()["failed"], totals()["waiting"]) == (1, 1, 1)
    call_command("notifications_metrics")
    assert "failed: 1" in capsys.readouterr().out


class TestAdmin:
    @pytest.fixture
    def staff(self, make_user, client):
        client.force_login(make_user("staff", is_staff=True, is_superuser=True))
        return client

    def test_every_page_opens(self, staff, delivery, user, recorded):
        row = delivery()
        deliver_due()
        preferences.set_type(user, "match", "email", True, how="code")
        preferences.change_settings(user, {"muted": True}, how="code")
        inbox.mark_all_read(user)
        base = "/admin/django_inapp_notifications/"
        for name in ["message", "notification", "delivery", "digest", "channelstate"]:
            assert staff.get(f"{base}{name}/").status_code == 200
        for name in ["notificationsettings", "notificationpreference", "preferencechange"]:
            assert staff.get(f"{base}{name}/").status_code == 200
        page = staff.get(f"{base}notification/{row.notification_id}/change/").text
        assert "preference: " in page

    def test_a_dead_letter_can_be_sent_again(self, staff, delivery, recorded):
        recorded.failures["*"] = PermanentFailure("no")
        failed, sent = delivery(), None
        deliver_due()
        recorded.failures.clear()
        sent = delivery()
        deliver_due()
        staff.post(
            "/admin/django_inapp_notifications/delivery/",
            {"action": "send_again", "_selected_action": [failed.pk, sent.pk]},
        )
        assert Delivery.objects.get(pk=failed.pk).status == Status.PENDING
        assert Delivery.objects.get(pk=sent.pk).status == Status.SENT

    def test_the_numbers_are_for_those_who_may_see_deliveries(
        self, staff, delivery, recorded, make_user
    ):
        recorded.failures["*"] = PermanentFailure("no")
        delivery()
        deliver_due()
        address = "/admin/django_inapp_notifications/delivery/numbers/"
        page = staff.get(address).text
        assert "1 failed" in page
        assert "E-mail opens are not counted" in page
        assert "numbers/" in staff.get("/admin/django_inapp_notifications/delivery/").text
        staff.force_login(make_user("clerk", is_staff=True))
        assert staff.get(address).status_code == 403

    def test_a_digest_that_was_given_up_can_be_sent_again(self, staff, delivery, user, recorded):
        preferences.set_frequency(user, "recorded", "daily", how="code")
        row = delivery("Held")
        deliver_due()
        recorded.failures["*"] = PermanentFailure("no")
        Digest.objects.update(not_before=timezone.now())
        send_due_digests()
        digest = Digest.objects.get()
        assert digest.status == Status.FAILED
        recorded.failures.clear()
        action = {"action": "send_again", "_selected_action": [digest.pk]}
        staff.post("/admin/django_inapp_notifications/digest/", action)
        send_due_digests()
        assert recorded.sent[0].is_digest
        assert Delivery.objects.get(pk=row.pk).status == Status.SENT
