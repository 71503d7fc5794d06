"""Preferences: sparse rows, one changed cell is one row, and a page that needs no script."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from django_inapp_notifications import inbox, preferences, types
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.exceptions import UnknownChannel, UnknownType
from django_inapp_notifications.models import (
    ALL_TYPES,
    Delivery,
    Folder,
    Notification,
    NotificationPreference,
    NotificationSettings,
    ObjectPreference,
    PreferenceChange,
    Status,
)
from django_inapp_notifications.services import notify
from django_inapp_notifications.signals import preference_changed
from django_inapp_notifications.types import NotificationType, register

PAGE = "/notifications/preferences/"


def verdict(user, kind, channel, asked=None):
    return preferences.load([user.pk])[user.pk].verdict(types.get(kind), channel, asked)


def test_without_rows_the_types_defaults_hold(user):
    assert verdict(user, "match", "recorded") == (True, "default")
    assert verdict(user, "match", "email") == (False, "default")
    assert not NotificationPreference.objects.exists()


def test_a_type_can_be_switched_on_and_off(user):
    preferences.set_type(user, "match", "email", True, how="code")
    assert verdict(user, "match", "email") == (True, "type_on")
    preferences.set_type(user, "match", "email", False, how="code")
    assert verdict(user, "match", "email") == (False, "type_off")


def test_a_channel_that_is_off_beats_its_types_and_forgets_nothing(user):
    preferences.set_type(user, "match", "email", True, how="code")
    preferences.set_channel(user, "email", False, how="code")
    assert verdict(user, "match", "email") == (False, "channel_off")
    preferences.set_channel(user, "email", True, how="code")
    assert verdict(user, "match", "email") == (True, "type_on")


def test_a_locked_type_keeps_what_was_stored_and_ignores_it(user):
    preferences.set_type(user, "match", "recorded", False, how="code")
    types.unregister("match")
    register(NotificationType("match", channels=("in_app", "recorded"), locked=True))
    assert verdict(user, "match", "recorded") == (True, "locked")
    assert NotificationPreference.objects.get().enabled is False


def test_a_sender_may_narrow_the_channels_but_not_overrule_an_off(user):
    preferences.set_type(user, "match", "recorded", False, how="code")
    assert verdict(user, "match", "recorded", ["recorded"]) == (False, "type_off")
    assert verdict(user, "match", "email", ["email"]) == (True, "asked")
    assert verdict(user, "match", "email", ["in_app"]) == (False, "asked")


def test_rows_of_types_and_channels_that_are_gone_are_ignored(user, own_client):
    for kind, channel in [("gone", "email"), ("match", "pigeon"), (ALL_TYPES, "pigeon")]:
        NotificationPreference.objects.create(user=user, type=kind, channel=channel, enabled=False)
    assert verdict(user, "match", "recorded") == (True, "default")
    assert own_client.get(PAGE).status_code == 200


def test_unknown_names_are_refused(user):
    with pytest.raises(UnknownType):
        preferences.set_type(user, "gone", "email", True, how="code")
    with pytest.raises(UnknownChannel):
        preferences.set_type(user, "match", "pigeon", True, how="code")


def test_every_change_is_noted_with_who_when_and_how(
    user, other_user, django_capture_on_commit_callbacks
):
    heard = []

    def listen(change, **kwargs):
        heard.append(change.what)

    preference_changed.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        preferences.set_type(user, "match", "email", True, how="api", actor=other_user)
        preferences.set_type(user, "match", "email", True, how="api", actor=other_user)
    change = PreferenceChange.objects.get()
    assert (change.user, change.actor, change.how) == (user, other_user, "api")
    assert (change.what, change.old, change.new) == ("match/email", "", "on")
    assert heard == ["match/email"]


def test_in_app_can_be_switched_off_for_a_type(user, other_user):
    preferences.set_type(user, "tournament", "in_app", False, how="code")
    notify([user, other_user], "tournament", title="x")
    places = dict(Notification.objects.values_list("recipient__username", "folder"))
    assert places == {"ana": Folder.OUTSIDE, "ben": Folder.INBOX}


@pytest.mark.parametrize(
    ("own_channels", "folder"), [(("in_app",), Folder.INBOX), (("email",), Folder.OUTSIDE)]
)
def test_a_lock_is_for_the_types_own_channels_in_the_inbox_too(user, send, own_channels, folder):
    register(NotificationType("security", channels=own_channels, locked=True))
    preferences.set_type(user, "security", "in_app", False, how="code")
    sent = send(notification_type="security", delivery_methods=["in_app"])
    assert sent.folder == folder


def test_a_default_that_is_off_can_be_switched_on_in_the_inbox_too(user, send):
    register(NotificationType("extra", channels=("email",)))
    assert send(notification_type="extra").folder == Folder.OUTSIDE
    preferences.set_type(user, "extra", "in_app", True, how="code")
    assert send(notification_type="extra").folder == Folder.INBOX
    preferences.set_channel(user, "in_app", False, how="code")
    assert send(notification_type="extra").folder == Folder.OUTSIDE


def test_code_cannot_store_hours_that_make_no_sense(user):
    hours = {"quiet_hours": True, "quiet_start": time(22), "quiet_end": time(22)}
    with pytest.raises(ValidationError):
        preferences.change_settings(user, hours, how="code")
    assert not NotificationSettings.objects.exists()
    assert not PreferenceChange.objects.exists()


def test_a_pause_is_for_what_leaves_the_site(user, send):
    preferences.change_settings(user, {"muted": True}, how="code")
    assert send().folder == Folder.INBOX
    assert verdict(user, "tournament", "in_app") == (True, "default")


def test_followers_are_an_audience(user, other_user):
    preferences.follow(user, other_user)
    assert list(preferences.followers(other_user)) == [user]
    notify(preferences.followers(other_user), "tournament", title="x")
    preferences.mute_object(user, other_user)
    assert list(preferences.followers(other_user)) == []
    preferences.unfollow(user, other_user)
    assert not ObjectPreference.objects.exists()


def test_following_and_muting_an_object_is_noted_like_any_change(user, other_user):
    preferences.follow(user, other_user, how="page", actor=user)
    preferences.mute_object(user, other_user)
    preferences.mute_object(user, other_user)  # changes nothing
    preferences.unfollow(user, other_user)
    what = f"auth.user {other_user.pk}"
    noted = PreferenceChange.objects.order_by("pk").values_list("what", "old", "new", "how")
    assert list(noted) == [
        (what, "", "followed", "page"),
        (what, "followed", "muted", "code"),
        (what, "muted", "", "code"),
    ]
    assert PreferenceChange.objects.earliest("pk").actor == user


class TestPage:
    def form(self, client, **changes):
        """What the page's form holds, as a browser without scripts would send it."""
        page = client.get(PAGE).context
        data = {"digest_hour": "8", "digest_weekday": "0", "time_zone": "", "days": list(range(7))}
        kinds = [row for _, rows in page["groups"] for row in rows]
        for kind, cell in [(row.kind.slug, cell) for row in kinds for cell in row.cells]:
            if not cell.locked:
                name = f"on:{kind}:{cell.channel.name}"
                data[f"was:{name}"] = "1" if cell.enabled else "0"
                if cell.enabled:
                    data[name] = "on"
        for each in page["channel_choices"]:
            name, frequency = f"on:*:{each.channel.name}", f"frequency:{each.channel.name}"
            data[f"was:{name}"] = "1" if each.enabled else "0"
            data[name] = "on"
            data[f"was:{frequency}"] = data[frequency] = each.frequency
        data.update(changes)
        return {name: value for name, value in data.items() if value is not None}

    def test_saving_it_unchanged_writes_no_row(self, own_client):
        assert own_client.post(PAGE, self.form(own_client)).status_code == 302
        assert not NotificationPreference.objects.exists()
        assert not PreferenceChange.objects.exists()

    def test_a_type_is_offered_to_those_whom_it_concerns(self, own_client, user, request):
        request.addfinalizer(lambda: types.unregister("ops"))
        register(NotificationType("ops", offered_to=lambda user: user.is_staff))
        # Nor can it be switched by a box that the page does not show.
        own_client.post(
            PAGE, {"was:on:ops:email": "0", "on:ops:email": "on", **self.form(own_client)}
        )
        assert not NotificationPreference.objects.exists()
        assert "on:ops:email" not in own_client.get(PAGE).content.decode()
        user.is_staff = True
        user.save()
        assert "on:ops:email" in own_client.get(PAGE).content.decode()

    def test_one_changed_box_is_one_row(self, own_client, user):
        own_client.post(PAGE, self.form(own_client, **{"on:match:email": "on"}))
        row = NotificationPreference.objects.get()
        assert (row.user, row.type, row.channel, row.enabled) == (user, "match", "email", True)
        assert PreferenceChange.objects.get().how == "page"
        own_client.post(PAGE, self.form(own_client, **{"on:match:email": None}))
        assert NotificationPreference.objects.get().enabled is False

    def test_a_page_that_is_old_does_not_undo_another_tab(self, own_client, user):
        old = self.form(own_client)
        preferences.set_type(user, "match", "email", True, how="code")
        own_client.post(PAGE, old)
        assert NotificationPreference.objects.get().enabled is True

    def test_a_locked_box_cannot_be_changed_by_a_forged_form(self, own_client, user):
        register(NotificationType("owed", channels=("in_app", "recorded"), locked=True))
        forged = self.form(own_client, **{"was:on:owed:recorded": "1"})
        own_client.post(PAGE, forged)
        assert verdict(user, "owed", "recorded") == (True, "locked")

    def test_a_channels_frequency_is_saved(self, own_client):
        own_client.post(PAGE, self.form(own_client, **{"frequency:email": "daily"}))
        row = NotificationPreference.objects.get()
        assert (row.type, row.channel, row.frequency, row.enabled) == ("*", "email", "daily", True)

    def test_quiet_hours_are_saved(self, own_client, user):
        hours = {"quiet_hours": "on", "quiet_start": "22:00", "quiet_end": "07:00"}
        days = {"time_zone": "Asia/Kathmandu", "days": ["4", "5"]}
        own_client.post(PAGE, self.form(own_client, **hours, **days))
        own = NotificationSettings.objects.get(user=user)
        assert (own.quiet_start, own.quiet_end, own.quiet_days) == (time(22), time(7), 0b110000)
        assert own.time_zone == "Asia/Kathmandu"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"quiet_hours": "on"},
            {"quiet_hours": "on", "quiet_start": "22:00", "quiet_end": "22:00"},
            {"time_zone": "Mars/Olympus"},
            {"quiet_start": "25:00"},
            {"digest_hour": "24"},
            {"muted_until": "2020-01-01T09:00"},
            {"muted_until": "tomorrow"},
            {"muted_until": "0001-01-01T00:00", "time_zone": "Pacific/Kiritimati"},
            {"muted_until": "9999-12-31T23:59", "time_zone": "America/New_York"},
            {"muted_until": "9999-12-31T23:59"},
        ],
    )
    def test_what_makes_no_sense_is_refused_and_said(self, own_client, wrong):
        response = own_client.post(PAGE, self.form(own_client, **wrong))
        assert response.status_code == 422
        assert not NotificationSettings.objects.exists()

    def test_a_pause_ends_by_the_clock_of_the_user(self, own_client, user):
        year = timezone.now().year + 1
        until = {"muted_until": f"{year}-07-01T09:00", "time_zone": "America/New_York"}
        own_client.post(PAGE, self.form(own_client, **until))
        own = NotificationSettings.objects.get(user=user)
        assert own.muted_until == datetime(year, 7, 1, 13, tzinfo=UTC)
        assert verdict(user, "match", "recorded") == (False, "muted")
        assert f'value="{year}-07-01T09:00"' in own_client.get(PAGE).text

    def test_a_pause_can_be_taken_back(self, own_client, user):
        tomorrow = timezone.now() + timedelta(days=1)
        preferences.change_settings(user, {"muted_until": tomorrow}, how="code")
        own_client.post(PAGE, self.form(own_client, muted_until=""))
        assert NotificationSettings.objects.get(user=user).muted_until is None

    def test_a_pause_that_is_over_is_not_shown_and_not_rewritten(self, own_client, user):
        over = timezone.now() - timedelta(days=1)
        preferences.change_settings(user, {"muted_until": over}, how="code")
        own_client.post(PAGE, self.form(own_client))
        assert PreferenceChange.objects.count() == 1

    def test_it_shows_what_is_waiting(self, own_client, user, delivery):
        preferences.set_frequency(user, "recorded", "daily", how="code")
        delivery("Waits for tomorrow")
        deliver_due()
        assert "Waits for tomorrow" in own_client.get(PAGE).text

    def test_what_waits_is_named_to_those_only_who_may_still_see_it(
        self, own_client, user, delivery
    ):
        preferences.set_frequency(user, "recorded", "daily", how="code")
        register(NotificationType("team", channels=("recorded",), access=lambda user, rows: []))
        delivery("Secret", notification_type="team")
        gone = delivery("Deleted")
        Delivery.objects.update(status=Status.HELD, reason="digest")
        inbox.delete(user, [gone.notification_id])
        page = own_client.get(PAGE).text
        assert "Secret" not in page
        assert "Deleted" not in page

    @pytest.mark.parametrize("zone", ["Japan", "Etc/GMT+5", "Mars/Olympus"])
    def test_a_zone_that_the_page_does_not_list_is_kept(self, own_client, user, zone):
        preferences.change_settings(user, {"time_zone": zone}, how="code")
        page = own_client.get(PAGE)
        assert f'<option value="{zone}" selected>' in page.text
        own_client.post(PAGE, self.form(own_client, time_zone=zone, muted="on"))
        own = NotificationSettings.objects.get()
        assert (own.time_zone, own.muted) == (zone, True)

    def test_it_is_nobody_elses(self, user):
        assert Client().get(PAGE).status_code == 302


@pytest.mark.parametrize(("asked", "quiet"), [(True, True), (False, False)])
def test_the_bell_is_still_in_quiet_hours_if_asked(own_client, user, send, asked, quiet):
    send()
    now = timezone.now()
    hours = {"quiet_start": (now - timedelta(hours=1)).time(), "time_zone": "UTC"}
    hours |= {"quiet_end": (now + timedelta(hours=1)).time(), "quiet_hours": True}
    preferences.change_settings(user, {**hours, "quiet_bell": asked}, how="code")
    answer = own_client.get("/notifications/unread-count/").json()
    assert (answer["count"], answer["quiet"]) == (1, quiet)
    assert ("data-din-badge hidden" in own_client.get("/").text) is quiet
    preferences.change_settings(user, {"quiet_hours": False}, how="code")
    assert own_client.get("/notifications/unread-count/").json()["quiet"] is False
