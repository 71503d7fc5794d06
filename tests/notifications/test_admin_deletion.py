"""What the admin shows and refuses on its own pages does not stop it from deleting a user."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_inapp_notifications import preferences
from django_inapp_notifications.models import Notification, PreferenceChange
from django_inapp_notifications.services import notify


@pytest.fixture
def staff(make_user):
    client = Client()
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def test_a_user_who_changed_preferences_can_be_deleted(staff, user):
    preferences.set_channel(user, "recorded", False, how="one_click")
    for number in range(30):
        notify(user, "match", title=str(number))
    address = reverse("admin:auth_user_delete", args=[user.pk])
    with CaptureQueriesContext(connection) as queries:
        assert staff.get(address).status_code == 200
    assert len(queries) < 30
    assert staff.post(address, {"post": "yes"}).status_code == 302
    assert not get_user_model().objects.filter(pk=user.pk).exists()
    assert not PreferenceChange.objects.exists()


def test_the_record_of_changes_alone_cannot_be_deleted(staff, user):
    preferences.set_channel(user, "recorded", False, how="one_click")
    change = PreferenceChange.objects.get()
    name = "admin:django_inapp_notifications_preferencechange_delete"
    assert staff.post(reverse(name, args=[change.pk]), {"post": "yes"}).status_code == 403
    listed = reverse("admin:django_inapp_notifications_preferencechange_changelist")
    form = {"action": "delete_selected", "_selected_action": [change.pk], "post": "yes"}
    staff.post(listed, form)
    assert PreferenceChange.objects.exists()


def test_a_name_costs_no_query(send, django_assert_num_queries):
    send("Hello")
    row = Notification.objects.get()
    with django_assert_num_queries(0):
        assert str(row) == f"tournament {row.pk}"
    assert str(Notification.objects.select_related("message").get()) == "Hello"
