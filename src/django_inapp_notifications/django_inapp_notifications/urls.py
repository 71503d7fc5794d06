from django.urls import path

from .views import actions, feeds, pages, preferences, previews, push, unsubscribe

app_name = "django_inapp_notifications"

urlpatterns = [
    path("", pages.notification_list, name="list"),
    path("recent/", feeds.recent_notifications, name="recent"),
    path("unread-count/", feeds.unread_count, name="unread_count"),
    path("mark-all-read/", actions.mark_all_as_read, name="mark_all_as_read"),
    path("bulk/", actions.bulk, name="bulk"),
    path("preferences/", preferences.notification_preferences, name="preferences"),
    path("push/status/", push.status, name="push_status"),
    path("push/subscribe/", push.subscribe, name="push_subscribe"),
    path("push/unsubscribe/", push.unsubscribe, name="push_unsubscribe"),
    path("push/renew/", push.renew, name="push_renew"),
    path("push/worker.js", push.worker, name="push_worker"),
    path("preview/", previews.type_list, name="previews"),
    path("preview/<str:slug>/", previews.type_preview, name="preview"),
    path("preview/<str:slug>/email.html", previews.mail_preview, name="preview_mail"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path(
        "unsubscribe/<str:token>/confirm/",
        unsubscribe.confirm_unsubscribe,
        name="confirm_unsubscribe",
    ),
    path("<int:pk>/", pages.notification_detail, name="detail"),
    path("<int:pk>/read/", actions.mark_as_read, name="mark_as_read"),
    path("<int:pk>/unread/", actions.mark_as_unread, name="mark_as_unread"),
    path("<int:pk>/archive/", actions.archive_notification, name="archive"),
    path("<int:pk>/snooze/", actions.snooze_notification, name="snooze"),
    path("<int:pk>/unsnooze/", actions.unsnooze_notification, name="unsnooze"),
    path("<int:pk>/pin/", actions.pin_notification, name="pin"),
    path("<int:pk>/unpin/", actions.unpin_notification, name="unpin"),
    path("<int:pk>/delete/", actions.delete_notification, name="delete"),
    path("<int:pk>/restore/", actions.restore_notification, name="restore"),
]
