"""A site with django-notifications-hq, in its usual use: its views, and notify.send()."""

from typing import Any

from .base import CASES, Browser, add_users, case, configure, run_sql, settle, timed, value_of
from .copies import copy_row

TABLE = "notifications_notification"
COLLECTOR, MARKER = 1, 2

_browser: list[Browser] = []
_last_page = 1


def start(database: str) -> None:
    configure(
        database,
        "benchmarks.sites.notifications_hq_urls",
        ["notifications"],
        DJANGO_NOTIFICATIONS_CONFIG={"PAGINATE_BY": 25},
    )


def cases() -> list[str]:
    return list(CASES)


def load(rows: int, users: int, unread_to_mark: int) -> None:
    """Store as many as the notifications site does, for the same users."""
    global _last_page
    from django.contrib.auth import get_user_model
    from notifications.models import Notification
    from notifications.signals import notify

    add_users(users)
    sender = get_user_model().objects.get(pk=3)
    notify.send(sender, recipient=sender, verb="starts", description="In ten minutes.")
    example = Notification.objects.get()
    recipient = f"CASE WHEN n % 5 = 0 THEN {COLLECTOR} ELSE 4 + n % {users - 4} END"
    copy_row(example, rows, recipient_id=recipient, unread=f"n > {rows // 2}")
    copy_row(example, unread_to_mark, recipient_id=str(MARKER))
    settle(TABLE)
    _browser.append(Browser(get_user_model().objects.get(pk=COLLECTOR)))
    _last_page = max(min(2000, rows // 5 // 25), 1)


def _user(pk: int) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(pk=pk)


@case
def count() -> float:
    user = _user(COLLECTOR)
    return timed(lambda: user.notifications.unread().count())


@case
def badge() -> float:
    return timed(lambda: _browser[0].get("/inbox/api/unread_count/"))


@case
def dropdown() -> float:
    return timed(lambda: _browser[0].get("/inbox/api/unread_list/?max=10"))


@case
def page_1() -> float:
    return timed(lambda: _browser[0].get("/inbox/"))


@case
def page_2000() -> float:
    return timed(lambda: _browser[0].get(f"/inbox/?page={_last_page}"))


@case
def mark_all() -> float:
    user = _user(MARKER)
    seconds = timed(lambda: user.notifications.mark_all_as_read())
    run_sql(f"UPDATE {TABLE} SET unread = true WHERE recipient_id = %s", MARKER)
    settle(TABLE)
    return seconds


@case
def fan_out(users: int) -> float:
    from django.contrib.auth import get_user_model
    from notifications.signals import notify

    sender, last = _user(3), value_of(f"SELECT max(id) FROM {TABLE}")
    everybody = get_user_model().objects.filter(pk__lte=users)
    seconds = timed(
        lambda: notify.send(
            sender, recipient=everybody, verb="starts", description="In ten minutes."
        )
    )
    run_sql(f"DELETE FROM {TABLE} WHERE id > %s", last)
    settle(TABLE)
    return seconds
