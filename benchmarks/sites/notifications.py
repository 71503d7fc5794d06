"""A site with the notifications app, and the hand-written inbox beside it."""

import resource
from datetime import timedelta
from typing import Any

from .base import Browser, add_users, case, configure, run_sql, settle, timed, value_of
from .copies import copy_row

TABLE = "django_inapp_notifications_notification"
#: Ids below are kept free, for the old rows that retention removes: the oldest have the lowest.
FIRST_ID = 1_000_000
COLLECTOR, MARKER = 1, 2  # a user with a fifth of all rows, and one who marks all as read

_ready: list[Any] = []
_browser: list[Browser] = []
_page_2000 = 0


def start(database: str, fresh: bool = True) -> None:
    configure(
        database,
        "benchmarks.sites.notifications_urls",
        ["django_inapp_notifications"],
        fresh=fresh,
        NOTIFICATION_MAX_PER_USER=None,
        NOTIFICATION_EXPIRY_DAYS=90,
        LOGIN_URL="/login/",
    )
    # All that will be run is imported now: whoever edits it meanwhile does not change a run.
    from django_inapp_notifications import services
    from django_inapp_notifications.maintenance import retention
    from django_inapp_notifications.types import NotificationType, register

    _ready.extend([retention, services])
    register(NotificationType("match", label="Matches"))


def load(rows: int, users: int, unread_to_mark: int) -> None:
    """Store so many notifications: a fifth are the collector's, of which half are unread."""
    from django.contrib.auth import get_user_model

    from django_inapp_notifications.models import InboxState, Message, Notification

    from .minimum.inbox import LINK, TEXT, TITLE

    add_users(users)
    messages = max(rows // 100, 1)
    message = Message.objects.create(type="match", title=TITLE, text=TEXT, action_url=LINK)
    copy_row(message, messages, title="'Match ' || n || ' starts'")
    example = Notification.objects.create(
        pk=FIRST_ID, recipient_id=3, message=message, type="match"
    )
    others = f"4 + n % {users - 4}"
    copy_row(
        example,
        rows,
        id=f"{FIRST_ID} + n",
        recipient_id=f"CASE WHEN n % 5 = 0 THEN {COLLECTOR} ELSE {others} END",
        message_id=f"{message.pk} + n / {rows // messages + 1}",
    )
    copy_row(example, unread_to_mark, id=f"{FIRST_ID + rows} + n", recipient_id=str(MARKER))
    last = FIRST_ID + rows + unread_to_mark
    InboxState.objects.create(user_id=COLLECTOR, read_up_to=FIRST_ID + rows // 2)
    InboxState.objects.create(user_id=MARKER)
    _set_sequence(last)
    settle(TABLE, "django_inapp_notifications_message", "django_inapp_notifications_inboxstate")
    _browser.append(Browser(get_user_model().objects.get(pk=COLLECTOR)))
    _find_page(2000)


def _set_sequence(last: int) -> None:
    from django.db import connection

    if connection.vendor == "postgresql":
        run_sql(f"SELECT setval(pg_get_serial_sequence('{TABLE}', 'id'), {last})")


def _find_page(number: int) -> None:
    global _page_2000
    from django_inapp_notifications.models import Notification

    own = Notification.objects.filter(recipient_id=COLLECTOR).order_by("-recipient_id", "-pk")
    count = own.count()
    at = max(min(number * 25, count - 30), 0)
    _page_2000 = own.values_list("pk", flat=True)[at]


def _get(path: str) -> float:
    return timed(lambda: _browser[0].get(path))


@case
def ours_count() -> float:
    """The number alone, as a base template asks for it."""
    from django_inapp_notifications.inbox.badge import unread_count

    return timed(lambda: unread_count(COLLECTOR))


@case
def minimum_count() -> float:
    from .minimum.inbox import count_unread

    return timed(lambda: count_unread(COLLECTOR))


@case
def ours_badge() -> float:
    return _get("/notifications/unread-count/")


@case
def minimum_badge() -> float:
    return _get("/minimum/count/")


@case
def ours_dropdown() -> float:
    return _get("/notifications/recent/")


@case
def minimum_dropdown() -> float:
    return _get("/minimum/recent/")


@case
def ours_page_1() -> float:
    return _get("/notifications/")


@case
def minimum_page_1() -> float:
    return _get("/minimum/")


@case
def ours_page_2000() -> float:
    return _get(f"/notifications/?before={_page_2000}")


@case
def minimum_page_2000() -> float:
    return _get(f"/minimum/?before={_page_2000}")


def _nothing_marked() -> None:
    run_sql(
        "UPDATE django_inapp_notifications_inboxstate SET read_up_to = 0 WHERE user_id = %s", MARKER
    )


@case
def ours_mark_all() -> float:
    from django_inapp_notifications.inbox import mark_all_read

    _nothing_marked()
    return timed(lambda: mark_all_read(MARKER))


@case
def minimum_mark_all() -> float:
    from .minimum.inbox import mark_all_read

    _nothing_marked()
    return timed(lambda: mark_all_read(MARKER))


@case
def update_mark_all() -> float:
    from .minimum.inbox import mark_all_by_update

    _nothing_marked()
    seconds = timed(lambda: mark_all_by_update(MARKER))
    run_sql(f"UPDATE {TABLE} SET read_at = NULL WHERE recipient_id = %s", MARKER)
    settle(TABLE)
    return seconds


def _sent(work: Any, expected: int) -> float:
    """Time a fan-out, see that it wrote its rows, and take them away again."""
    last = value_of(f"SELECT max(id) FROM {TABLE}")
    seconds = timed(work)
    written = run_sql(f"DELETE FROM {TABLE} WHERE id > %s", last)
    settle(TABLE)
    if written != expected:
        raise RuntimeError(f"{written} rows instead of {expected}")
    return seconds


@case
def ours_fan_out(users: int) -> float:
    """To a QuerySet of users."""
    from django.contrib.auth import get_user_model

    from django_inapp_notifications.services import notify

    from .minimum.inbox import LINK, TEXT, TITLE

    everybody = get_user_model().objects.filter(pk__lte=users)
    content = {"title": TITLE, "message": TEXT, "action_url": LINK}
    return _sent(lambda: notify(everybody, "match", **content), users)


@case
def minimum_fan_out(users: int) -> float:
    from .minimum.inbox import fan_out

    return _sent(lambda: fan_out(users), users)


@case
def ours_fan_out_list(users: int) -> float:
    """To a list of keys."""
    from django_inapp_notifications.services import notify

    from .minimum.inbox import LINK, TEXT, TITLE

    keys = list(range(1, users + 1))
    content = {"title": TITLE, "message": TEXT, "action_url": LINK}
    return _sent(lambda: notify(keys, "match", **content), users)


@case
def minimum_fan_out_list(users: int) -> float:
    from .minimum.inbox import fan_out_list

    return _sent(lambda: fan_out_list(list(range(1, users + 1))), users)


@case
def loop_fan_out(users: int) -> float:
    from .minimum.inbox import fan_out_loop

    return _sent(lambda: fan_out_loop(users), users)


def memory_of(case_name: str, users: int) -> float:
    """Return by how many MB the process grows at most while it fans out."""
    from .base import CASES

    CASES[case_name](users=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    CASES[case_name](users=users)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def _add_old(rows: int) -> Any:
    """Put read rows of last year where the oldest are, and return when they count as old."""
    from django.utils import timezone

    from django_inapp_notifications.models import Notification

    example = Notification.objects.get(pk=FIRST_ID)
    old = "'2020-01-01 00:00:00+00:00'"
    copy_row(example, rows, id="n", recipient_id="3", created_at=old, read_at=old)
    settle(TABLE)
    return timezone.now() - timedelta(days=90)


def _gone(seconds: float) -> float:
    left = value_of(f"SELECT count(*) FROM {TABLE} WHERE id < %s", FIRST_ID)
    settle(TABLE)
    if left:
        raise RuntimeError(f"{left} rows were left")
    return seconds


@case
def ours_retention(rows: int) -> float:
    from django_inapp_notifications.maintenance.retention import prune

    _add_old(rows)
    return _gone(timed(prune))


@case
def minimum_retention(rows: int) -> float:
    from .minimum.inbox import delete_old

    border = _add_old(rows)
    return _gone(timed(lambda: delete_old(border)))
