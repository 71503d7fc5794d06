"""Each change is reported: by a message for a form, by a sentence in the JSON for a script."""

import re
from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications.channels.unsubscribe_links import unsubscribe_path
from django_inapp_notifications.models import (
    NotificationPreference,
    NotificationSettings,
    PreferenceChange,
)
from django_inapp_notifications.time_zones import listed_zones

JSON = {"Accept": "application/json"}


def shown(page):
    """The messages of a page, as text."""
    return re.findall(r'<li class="din-notice[^"]*">(.*?)</li>', page)


def post(client, path, data=None):
    return client.post(f"/notifications/{path}", data or {}, follow=True).text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("{id}/read/", "1 notification marked as read."),
        ("{id}/pin/", "1 notification pinned."),
        ("{id}/unpin/", "Nothing needed to be changed."),
        ("{id}/restore/", "Nothing needed to be changed."),
        ("mark-all-read/", "All notifications were marked as read."),
    ],
)
def test_a_change_is_reported_to_forms_and_to_scripts(own_client, send, path, text):
    assert shown(post(own_client, path.format(id=send().pk))) == [text]
    where = f"/notifications/{path.format(id=send().pk)}"
    assert own_client.post(where, headers=JSON).json()["message"] == text
    assert shown(own_client.get("/notifications/").text) == []


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("read", "2 notifications marked as read."),
        ("archive", "2 notifications archived."),
        ("snooze-week", "2 notifications snoozed."),
        ("delete", "2 notifications deleted."),
    ],
)
def test_a_bulk_action_says_how_many_it_changed(own_client, send, action, text):
    ids = [send().pk, send().pk]
    assert shown(post(own_client, "bulk/", {"action": action, "ids": ids})) == [text]


def test_a_bulk_action_with_nothing_selected_says_so(own_client, send):
    send()
    assert shown(post(own_client, "bulk/", {"action": "read"})) == [
        "Select at least one notification first."
    ]


def test_a_site_without_messages_works_too(own_client, send, settings):
    settings.INSTALLED_APPS = [each for each in settings.INSTALLED_APPS if "messages" not in each]
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "messages" not in each]
    send()
    assert "Hello" in post(own_client, "bulk/", {"action": "read"})


@pytest.mark.parametrize(
    ("action", "said", "undo"),
    [
        ("delete", "Notification deleted.", "restore"),
        ("archive", "Notification archived.", "restore"),
        ("snooze", "Notification snoozed.", "unsnooze"),
    ],
)
def test_what_takes_a_notification_away_can_be_undone(own_client, send, action, said, undo):
    pk = send("Cup").pk
    page = post(own_client, f"{pk}/{action}/")
    assert said in page
    assert f'action="/notifications/{pk}/{undo}/"' in page
    assert ">Cup</a>" not in page
    back = post(own_client, f"{pk}/{undo}/")
    assert ">Cup</a>" in back
    assert said not in back


def test_the_way_back_does_not_repeat_an_offer_to_undo(own_client, send):
    send()
    page = own_client.get("/notifications/?type=tournament&undo=5&did=snooze").text
    assert 'name="next" value="/notifications/?type=tournament"' in page


class TestSnoozing:
    @pytest.mark.parametrize(
        ("length", "hours"), [("hour", 1), ("day", 24), ("week", 168), ("nonsense", 24)]
    )
    def test_it_has_several_lengths(self, own_client, send, length, hours):
        notification = send()
        own_client.post(f"/notifications/{notification.pk}/snooze/", {"for": length})
        notification.refresh_from_db()
        left = notification.snoozed_until - timezone.now()
        assert timedelta(hours=hours - 0.1) < left <= timedelta(hours=hours)

    def test_the_pages_offer_them_all(self, own_client, send):
        notification = send()
        page = own_client.get("/notifications/").text
        detail = own_client.get(f"/notifications/{notification.pk}/").text
        for name in ("hour", "day", "week"):
            assert page.count(f'value="snooze-{name}"') == 2
            assert f'name="for" value="{name}"' in detail

    def test_it_ends_from_the_tab_and_from_its_page(self, user, own_client, send):
        notification = send("Cup")
        inbox.snooze(user, [notification.pk], timezone.now() + timedelta(days=1))
        where = f"/notifications/{notification.pk}/unsnooze/"
        assert where in own_client.get("/notifications/?status=snoozed").text
        assert where in own_client.get(f"/notifications/{notification.pk}/").text
        assert ">Cup</a>" in post(
            own_client, "bulk/", {"action": "unsnooze", "ids": [notification.pk]}
        )

    def test_one_that_is_over_is_not_shown_as_snoozed(self, user, own_client, send):
        inbox.snooze(user, [send().pk], timezone.now() - timedelta(hours=1))
        assert "snoozed until" not in own_client.get("/notifications/").text


def test_an_archived_one_can_be_moved_back_from_its_page(user, own_client, send):
    notification = send()
    inbox.archive(user, [notification.pk])
    page = own_client.get(f"/notifications/{notification.pk}/").text
    assert f"/notifications/{notification.pk}/restore/" in page
    assert f"/notifications/{notification.pk}/archive/" not in page


def test_the_words_of_tabs_and_actions_differ_in_german(own_client, send, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    send()
    page = own_client.get("/notifications/", headers={"Accept-Language": "de"}).text
    tabs = set(re.findall(r'status=\w+"[^>]*>([^<]+)</a>', page))
    assert "Gelesen" in tabs
    assert tabs.isdisjoint(re.findall(r"<button[^>]*>([^<]+)</button>", page))
    translation.deactivate()


class TestPreferences:
    where = "/notifications/preferences/"

    def data(self, **fields):
        return {
            "digest_hour": 8,
            "digest_weekday": 0,
            "quiet_start": "22:00",
            "quiet_end": "07:00",
            "days": [0],
            "time_zone": "",
            **fields,
        }

    def test_saving_is_reported(self, own_client):
        page = own_client.post(self.where, self.data(), follow=True).text
        assert shown(page) == ["Your preferences were saved."]

    def test_quiet_hours_are_suggested(self, user, own_client):
        page = own_client.get(self.where).text
        assert 'name="quiet_start" value="22:00"' in page
        assert 'name="quiet_end" value="07:00"' in page
        own_client.post(self.where, self.data(quiet_hours="on"))
        own = NotificationSettings.objects.get(user=user)
        assert (own.quiet_start, own.quiet_end) == (time(22), time(7))

    def test_a_suggestion_that_is_not_taken_up_is_not_stored(self, user, own_client):
        own_client.post(self.where, self.data(days=range(7)))
        assert NotificationSettings.objects.get(user=user).quiet_start is None
        assert not PreferenceChange.objects.exists()

    @pytest.mark.parametrize(
        ("start", "end", "marked"),
        [
            ("", "", {"quiet_start", "quiet_end"}),
            ("", "07:00", {"quiet_start"}),
            ("07:00", "07:00", {"quiet_end"}),
            ("25:99", "07:00", {"quiet_start"}),
        ],
    )
    def test_wrong_fields_are_marked_and_say_why(self, own_client, start, end, marked):
        data = self.data(quiet_hours="on", quiet_start=start, quiet_end=end)
        response = own_client.post(self.where, data)
        assert response.status_code == 422
        found = {
            re.search(r'name="(\w+)"', tag)[1]: re.search(r'aria-describedby="(\w+)"', tag)[1]
            for tag in re.findall(
                r"<(?:input|select)[^>]*aria-invalid=\"true\"[^>]*>", response.text
            )
        }
        assert set(found) == marked
        for described in found.values():
            assert re.search(rf'<ul class="errorlist" id="{described}"><li>[^<]+', response.text)

    def test_the_zones_have_no_older_names(self, own_client):
        page = own_client.get(self.where).text
        assert 'value="Asia/Kathmandu"' in page
        assert {"Asia/Katmandu", "Europe/Kiev", "US/Eastern", "Asia/Calcutta"}.isdisjoint(
            re.findall(r'<option value="([^"]+)"', page)
        )
        assert "UTC" in listed_zones()

    def test_an_older_name_that_is_stored_is_kept(self, user, own_client):
        preferences.change_settings(user, {"time_zone": "Asia/Katmandu"}, how="test")
        own_client.post(self.where, self.data(time_zone="Asia/Katmandu"))
        assert NotificationSettings.objects.get(user=user).time_zone == "Asia/Katmandu"


class TestUnsubscribing:
    @pytest.mark.parametrize("kind", ["mail", "*"])
    def test_a_used_link_says_that_nothing_is_left_to_do(self, user, kind):
        where = unsubscribe_path(user, kind, "email")
        assert "<button" in Client().get(where).text
        Client().post(f"{where}confirm/")
        page = Client().get(where).text
        assert "No further action is needed." in page
        assert "<button" not in page
        assert "/notifications/preferences/" in page

    def test_looking_changes_nothing(self, user):
        Client().get(unsubscribe_path(user, "mail", "email"))
        assert not NotificationPreference.objects.exists()

    def test_the_link_says_nothing_about_other_kinds(self, user):
        """It answers for the type and the channel that it was made for, and no others."""
        preferences.set_type(user, "coaching", "email", False, how="test")
        preferences.set_channel(user, "recorded", False, how="test")
        assert "<button" in Client().get(unsubscribe_path(user, "mail", "email")).text

    @pytest.mark.parametrize(("kind", "channel"), [("gone", "email"), ("mail", "gone")])
    def test_what_is_no_longer_sent_needs_no_button(self, user, kind, channel):
        assert "<button" not in Client().get(unsubscribe_path(user, kind, channel)).text
