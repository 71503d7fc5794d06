"""Who is erased is named nowhere any more, also not on the screens of others."""

import json

import pytest
from django.core import serializers
from django.test import Client

from django_inapp_notifications import preferences
from django_inapp_notifications.maintenance.retention import erase_user, export_user
from django_inapp_notifications.models import (
    DedupeKey,
    Message,
    Notification,
    NotificationGroup,
    ObjectPreference,
    PreferenceChange,
)
from django_inapp_notifications.services import notify


@pytest.fixture
def zoe(make_user):
    return make_user("zoe-b")


@pytest.fixture
def acted(zoe, other_user):
    """What Ben was sent because of Zoe."""
    notify(
        other_user,
        "tournament",
        title="zoe-b liked your photo",
        message="You and zoe-b are in one team.",
        action_url="/users/zoe-b/",
        actor=zoe,
        params={"people": ["zoe-b", "yuri"]},
        metadata={"by": {"name": "zoe-b"}},
        group_key="photo-1-zoe-b",
        dedupe_key="like-zoe-b",
    )
    notify(other_user, "tournament", title="A friend joined", target=zoe, action_url="/profile/7/")
    notify(other_user, "tournament", title="yuri liked it", actor="yuri", group_key="photo-2")
    preferences.mute_object(other_user, zoe)


def everything():
    models = [
        Notification,
        Message,
        NotificationGroup,
        DedupeKey,
        ObjectPreference,
        PreferenceChange,
    ]
    return "".join(serializers.serialize("json", each.objects.all()) for each in models)


def test_the_name_is_gone_from_messages_groups_and_keys(acted, zoe, other_user):
    assert "zoe-b" in everything()
    erase_user(zoe)
    assert "zoe-b" not in everything()
    assert f"auth.user {zoe.pk}" not in everything()
    assert not Message.objects.filter(actor_key=str(zoe.pk)).exists()
    assert not Message.objects.filter(target_key=str(zoe.pk)).exists()
    assert Notification.objects.of(other_user).count() == 3


def test_others_read_that_the_user_was_deleted(acted, zoe, other_user):
    erase_user(zoe)
    client = Client()
    client.force_login(other_user)
    page = client.get("/notifications/").text
    assert "zoe" not in page
    assert "Deleted user liked your photo" in page
    assert "yuri liked it" in page
    found = client.get("/notifications/recent/").json()
    assert "zoe" not in json.dumps(found)
    assert {each["action_url"] for each in found["notifications"]} == {""}


def test_a_group_without_its_row_goes(acted, zoe):
    Notification.objects.all().delete()
    erase_user(zoe)
    assert [group.actors for group in NotificationGroup.objects.all()] == [["yuri"]]


def test_another_word_that_holds_the_name_stays(make_user, other_user):
    an = make_user("an")
    notify(other_user, "tournament", title="an wants another plan", actor=an)
    erase_user(an)
    assert Message.objects.get().title == "Deleted user wants another plan"


def test_an_export_lists_where_the_user_is_named(acted, zoe, other_user):
    mentions = export_user(zoe)["mentions"]
    assert [(each["role"], each["name"]) for each in mentions] == [
        ("actor", "zoe-b"),
        ("target", "zoe-b"),
    ]
    assert export_user(other_user)["mentions"] == []
