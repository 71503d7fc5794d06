"""Mounted by the site under a path with a version: see ``api/__init__.py``."""

from django.urls import path

from . import devices, inbox, preferences, push, schema

app_name = "django_inapp_notifications_api"

urlpatterns = [
    path("", inbox.NotificationList.as_view(), name="list"),
    path("openapi.json", schema.schema, name="schema"),
    path("unread-count/", inbox.UnreadCount.as_view(), name="unread_count"),
    path("mark-all-read/", inbox.MarkAllRead.as_view(), name="mark_all_read"),
    path("preferences/", preferences.Preferences.as_view(), name="preferences"),
    path("settings/", preferences.Settings.as_view(), name="settings"),
    path("push-subscriptions/", push.PushSubscriptions.as_view(), name="push"),
    path(
        "push-subscriptions/unsubscribe/", push.PushUnsubscribe.as_view(), name="push_unsubscribe"
    ),
    path("devices/<str:installation>/", devices.OneDevice.as_view(), name="device"),
    path("<str:pk>/", inbox.OneNotification.as_view(), name="detail"),
    path("<str:pk>/read/", inbox.Read.as_view(), name="read"),
    path("<str:pk>/unread/", inbox.Unread.as_view(), name="unread"),
    path("<str:pk>/archive/", inbox.Archive.as_view(), name="archive"),
    path("<str:pk>/restore/", inbox.Restore.as_view(), name="restore"),
    path("<str:pk>/snooze/", inbox.Snooze.as_view(), name="snooze"),
    path("<str:pk>/unsnooze/", inbox.Unsnooze.as_view(), name="unsnooze"),
    path("<str:pk>/pin/", inbox.Pin.as_view(), name="pin"),
    path("<str:pk>/unpin/", inbox.Unpin.as_view(), name="unpin"),
]
