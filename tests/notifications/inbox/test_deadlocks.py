"""What a user does to the inbox is done again if it was a deadlock's victim."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from django_inapp_notifications import inbox
from django_inapp_notifications.database.deadlocks import retry_on_deadlock
from django_inapp_notifications.maintenance.retention import UNDO, prune
from django_inapp_notifications.models import Delivery, Folder, InboxState, Notification, Status
from django_inapp_notifications.services import notify

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.mariadb,
    pytest.mark.django_db(transaction=True),
]

#: MariaDB undoes the transaction that has changed fewer rows: the other one changes these too.
BALLAST = 50

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def rows(settings):
    """Two rows of a user, and many of another's."""
    settings.NOTIFICATION_DISPATCHER = "none"
    eva, ballast = [User.objects.create_user(name) for name in ["eva", "ballast"]]
    for number in range(BALLAST):
        notify(ballast, "match", title=str(number))
    for title in "xy":
        notify(eva, "match", title=title)
    return list(Notification.objects.of(eva).order_by("pk"))


def beside_another(action, *, after, changes):
    """Do it beside a transaction that makes changes, in an order in which one has to give way.

    They meet when the action has executed a statement that contains `after`, and the other
    transaction has made the first of its changes.
    """
    barrier = Barrier(2, timeout=30)
    with ThreadPoolExecutor(1) as other:
        changing = other.submit(retry_on_deadlock, "default", Changes(changes, barrier))
        with connection.execute_wrapper(Meeting(after, barrier)):
            result = action()
        changing.result()
    return result


class Meeting:
    """Waits for the other once, with the locks of a statement."""

    def __init__(self, fragment, barrier):
        self.fragment, self.barrier, self.is_over = fragment, barrier, False

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if self.fragment in sql and not self.is_over:
            self.is_over = True
            self.barrier.wait()
        return result


class Changes:
    """The other transaction; it waits when it has made the first of its changes."""

    def __init__(self, changes, barrier):
        self.changes, self.barrier, self.is_over = changes, barrier, False

    def __call__(self):
        try:
            with transaction.atomic():
                Notification.objects.filter(recipient__username="ballast").update(clicked_at=NOW)
                for rows, values in self.changes:
                    rows.update(**values)
                    if not self.is_over:
                        self.is_over = True
                        self.barrier.wait()
        finally:
            connection.close()


def test_an_action_that_was_a_deadlocks_victim_is_done(rows):
    deleted, archived = rows
    user, own = deleted.recipient, Notification.objects.filter
    inbox.archive(user, [archived.pk])
    inbox.delete(user, [deleted.pk])
    # What is archived is restored before what is deleted.
    restored = beside_another(
        lambda: inbox.restore(user, [archived.pk, deleted.pk]),
        after="UPDATE",
        changes=[(own(pk=row.pk), {"clicked_at": NOW}) for row in [deleted, archived]],
    )
    assert restored == own(recipient=user, folder=Folder.INBOX, clicked_at=NOW).count() == 2


def test_marking_all_read_that_was_a_deadlocks_victim_is_done(rows):
    older, newer = rows
    user = older.recipient
    inbox.mark_all_read(user, older.pk)
    inbox.mark_unread(user, [older.pk])
    beside_another(
        lambda: inbox.mark_all_read(user, newer.pk),
        after="UPDATE",
        changes=[
            (Notification.objects.filter(pk=older.pk), {"clicked_at": NOW}),
            (InboxState.objects.filter(user=user), {"seen_up_to": newer.pk}),
        ],
    )
    assert all(row.is_read for row in Notification.objects.filter(recipient=user))


def test_a_clean_up_that_was_a_deadlocks_victim_goes_on(rows):
    Delivery.objects.update(status=Status.SENT)
    own = Notification.objects.filter(pk=rows[0].pk)
    own.update(deleted_at=NOW - 2 * UNDO, folder=Folder.DELETED)
    removed = beside_another(
        prune,
        after="FOR UPDATE",
        changes=[
            (Delivery.objects.filter(notification=rows[0]), {"reason": "x"}),
            (own, {"clicked_at": NOW}),
        ],
    )
    # What the other one still held was left to the next run.
    assert removed["deleted"] + prune()["deleted"] == 1
