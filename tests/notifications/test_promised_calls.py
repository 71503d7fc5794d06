"""The calls and endpoints that integrators were promised, word for word."""

import pytest

from django_inapp_notifications.models import Notification


def test_the_minimal_call(user):
    Notification.create_notification(
        user=user,
        title="Registration Pending",
        message="Complete payment to register for Spring Cup",
        notification_type="tournament",
        action_url="/payments/checkout/?payment_id=5",
    )
    notification = Notification.objects.get(recipient=user)
    assert notification.message.action_url == "/payments/checkout/?payment_id=5"
    assert not notification.is_read


def test_the_call_with_priority_and_delivery_methods(user):
    notification = Notification.create_notification(
        user=user,
        title="Registration Confirmed!",
        message="You are registered for Spring Cup",
        notification_type="tournament",
        priority="high",
        delivery_methods=["in_app", "email"],
    )
    assert notification.priority == "high"
    assert notification.message.channels == ["in_app", "email"]


def test_both_types_of_the_examples(user):
    Notification.create_notification(
        user=user,
        title="Session Booking Pending",
        message="Complete payment to confirm your coaching session",
        notification_type="coaching",
        priority="normal",
    )
    assert Notification.objects.get().type == "coaching"


def test_polling_the_count(own_client, send):
    send()
    data = own_client.get("/notifications/unread-count/").json()
    assert data["count"] == 1


def test_loading_the_dropdown(own_client, send):
    send("Hi", message="There")
    headers = {"X-Requested-With": "XMLHttpRequest"}
    data = own_client.get("/notifications/recent/", headers=headers).json()
    assert data["unread_count"] == 1
    assert [(each["title"], each["message"]) for each in data["notifications"]] == [("Hi", "There")]


@pytest.mark.parametrize("path", ["", "{id}/", "recent/", "unread-count/"])
def test_the_addresses_that_answer_a_get(own_client, send, path):
    assert own_client.get("/notifications/" + path.format(id=send().pk)).status_code == 200


@pytest.mark.parametrize("path", ["{id}/read/", "mark-all-read/", "{id}/delete/"])
def test_the_addresses_that_answer_a_post_only(own_client, send, path):
    address = "/notifications/" + path.format(id=send().pk)
    assert own_client.get(address).status_code == 405
    assert own_client.post(address).status_code == 302
