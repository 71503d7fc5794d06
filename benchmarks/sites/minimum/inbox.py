"""The least that an inbox can do, by hand: for each piece of work the statements that it takes.

It reads the same rows of the same tables, and shows the same of them; it has one language, no
groups, no expiry, no snoozing, and asks nobody whether a recipient may see a row.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from django_inapp_notifications.models import Folder, InboxState, Message, Notification

PAGE, RECENT, CAP = 25, 10, 99

TITLE, TEXT, LINK = "Your match starts", "It starts in ten minutes, on the first court.", "/here/"

COUNT = """
SELECT count(*) FROM (
    SELECT 1 FROM django_inapp_notifications_notification
    WHERE recipient_id = %s AND folder = 1 AND read_at IS NULL AND NOT kept_unread
      AND id > coalesce((SELECT read_up_to FROM django_inapp_notifications_inboxstate
                         WHERE user_id = %s), 0)
    LIMIT 100) unread
"""


def count_unread(user_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [user_id, user_id])
        count: int = cursor.fetchone()[0]
    return count


def rows_of(user_id: int, below: int | None, limit: int) -> tuple[list[Notification], int]:
    """The newest rows, and the id up to which all are read."""
    rows = Notification.objects.filter(recipient_id=user_id, folder=Folder.INBOX)
    if below:
        rows = rows.filter(pk__lt=below)
    found = list(rows.select_related("message").order_by("-recipient_id", "-pk")[:limit])
    state = InboxState.objects.filter(user_id=user_id).values_list("read_up_to", flat=True).first()
    return found, state or 0


@login_required
def list_view(request: HttpRequest) -> HttpResponse:
    below = int(request.GET.get("before", 0))
    found, read_up_to = rows_of(request.user.pk, below, PAGE + 1)
    context = {
        "rows": found[:PAGE],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "read_up_to": read_up_to,
        "count": count_unread(request.user.pk),
    }
    return render(request, "minimum_list.html", context)


@login_required
def recent_view(request: HttpRequest) -> HttpResponse:
    found, read_up_to = rows_of(request.user.pk, None, RECENT)
    rows = [
        {
            "id": row.pk,
            "title": row.message.title,
            "text": row.message.text,
            "url": row.message.action_url,
            "is_read": row.read_at is not None or row.pk <= read_up_to,
            "created_at": row.created_at.isoformat(),
        }
        for row in found
    ]
    return JsonResponse({"notifications": rows, "unread_count": count_unread(request.user.pk)})


@login_required
def count_view(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"count": count_unread(request.user.pk)})


def mark_all_read(user_id: int) -> None:
    """By a watermark: one row, whatever there is to mark."""
    newest = Notification.objects.filter(recipient_id=user_id, folder=Folder.INBOX)
    up_to = newest.order_by("-recipient_id", "-pk").values_list("pk", flat=True).first()
    InboxState.objects.filter(user_id=user_id).update(read_up_to=up_to)


def mark_all_by_update(user_id: int) -> None:
    """Without one: every row is written."""
    unread = Notification.objects.filter(recipient_id=user_id, folder=Folder.INBOX, read_at=None)
    unread.update(read_at=timezone.now())


def fan_out(users: int) -> None:
    """INSERT … SELECT, of the same rows into the same table."""
    with transaction.atomic(), connection.cursor() as cursor:
        message = Message.objects.create(type="match", title=TITLE, text=TEXT, action_url=LINK)
        cursor.execute(
            """INSERT INTO django_inapp_notifications_notification
                   (recipient_id, message_id, type, priority, folder, kept_unread, created_at)
               SELECT id, %s, 'match', 'normal', 1, false, CURRENT_TIMESTAMP
               FROM auth_user WHERE id <= %s""",
            [message.pk, users],
        )


def fan_out_list(keys: list[int]) -> None:
    """bulk_create, which is what a list of recipients leaves to a site of its own."""
    with transaction.atomic():
        message = Message.objects.create(type="match", title=TITLE, text=TEXT, action_url=LINK)
        Notification.objects.bulk_create(
            [Notification(recipient_id=key, message=message, type="match") for key in keys],
            batch_size=1000,
        )


def fan_out_loop(users: int) -> None:
    """One save() for each."""
    message = Message.objects.create(type="match", title=TITLE, text=TEXT, action_url=LINK)
    for user in get_user_model().objects.filter(pk__lte=users):
        Notification.objects.create(recipient=user, message=message, type="match")


def delete_old(border: Any) -> None:
    """Read rows from before the border, in batches that are committed one by one."""
    old = models.Q(created_at__lt=border) & ~models.Q(read_at=None)
    last = 0
    while True:
        ids = Notification.objects.filter(old, pk__gt=last).order_by("pk")
        batch = list(ids.values_list("pk", flat=True)[:5000])
        if not batch:
            return
        rows = Notification.objects.filter(pk__in=batch)
        rows._raw_delete(rows.db)  # type: ignore[attr-defined]
        last = batch[-1]


urlpatterns = [
    path("minimum/", list_view, name="minimum_list"),
    path("minimum/recent/", recent_view),
    path("minimum/count/", count_view),
]
