"""Dispatchers that are at work at the same time stand in nobody's way."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction

from django_inapp_notifications.database.deadlocks import retry_on_deadlock
from django_inapp_notifications.leases import claim
from django_inapp_notifications.models import (
    Delivery,
    InboxState,
    Notification,
    NotificationGroup,
    Status,
)
from django_inapp_notifications.sending.fanout import Batch, keep_late_rows_unread
from django_inapp_notifications.services import notify

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.mariadb,
    pytest.mark.django_db(transaction=True),
]


MANY = 30  # MariaDB finds a few rows by another index than many


@pytest.fixture
def messages(recorded, settings):
    settings.NOTIFICATION_DISPATCHER = "none"
    users = [User(username=f"u{n}", email=f"u{n}@example.com") for n in range(MANY)]
    User.objects.bulk_create(users)
    return [notify(users, "match", title=title).message for title in "xy"]


def of(message):
    """What is due of one message, as a worker that was kicked for it looks for it."""
    return Delivery.objects.filter(
        status=Status.PENDING, notification__message=message, channel="recorded"
    )


def test_who_claims_one_message_hides_none_of_another(messages):
    claimed, done = Event(), Event()

    def hold_the_first():
        with transaction.atomic():
            claim(of(messages[0]), MANY)
            claimed.set()
            done.wait(30)
        connection.close()

    with ThreadPoolExecutor(1) as other:
        holding = other.submit(hold_the_first)
        claimed.wait(30)
        try:
            assert len(claim(of(messages[1]), MANY)[1]) == MANY
        finally:
            done.set()
        holding.result()


def test_who_was_too_slow_for_what_they_saw_claims_what_is_left(messages):
    def claim_two():
        try:
            return claim(of(messages[0]), 2)[1]
        finally:
            connection.close()

    theirs = []

    def between_look_and_claim(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and not theirs:
            theirs.extend(other.submit(claim_two).result())
        return result

    Delivery.objects.filter(pk__gt=of(messages[0]).order_by("pk")[2].pk).delete()
    with ThreadPoolExecutor(1) as other, connection.execute_wrapper(between_look_and_claim):
        mine = claim(of(messages[0]), 2)[1]
    assert mine
    assert theirs
    assert len({row.pk for row in [*mine, *theirs]}) == len(mine) + len(theirs) == 3


def test_the_victim_of_a_deadlock_tries_again(messages):
    rows = list(Delivery.objects.order_by("pk")[:2])
    both_hold_one, tries = Barrier(2, timeout=30), []

    def write(own, others):
        def both():
            tries.append(own.pk)
            with transaction.atomic():
                Delivery.objects.filter(pk=own.pk).update(reason="mine")
                if tries.count(own.pk) == 1:
                    both_hold_one.wait()
                Delivery.objects.filter(pk=others.pk).update(reason="mine")

        try:
            retry_on_deadlock("default", both)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, rows, reversed(rows)))
    assert len(tries) > 2  # the next try may meet the winner again


def test_a_deadlock_in_the_callers_transaction_is_the_callers():
    def be_the_victim():
        raise OperationalError(1213, "Deadlock found when trying to get lock")

    with pytest.raises(OperationalError), transaction.atomic():
        retry_on_deadlock("default", be_the_victim)


class Meeting:
    """Two users who are read one by one: the second when the other reader has its first, too."""

    def __init__(self, users, barrier):
        self.users, self.barrier, self.times = users, barrier, 0

    def __iter__(self):
        self.times += 1
        yield self.users[0]
        if self.times == 1:
            self.barrier.wait()
        yield self.users[1]


@pytest.mark.parametrize("option", ["group_key", "dedupe_key"])
def test_who_notifies_is_no_victim_of_another_who_does(user, other_user, settings, option):
    settings.NOTIFICATION_CHUNK_SIZE = 1
    barrier = Barrier(2, timeout=30)
    audiences = [Meeting([user, other_user], barrier), Meeting([other_user, user], barrier)]

    def write(audience):
        try:
            notify(audience, "match", title="x", **{option: "final"})
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, audiences))
    assert sum(audience.times for audience in audiences) > 2
    own = Notification.objects.values_list("recipient_id", "message_id").distinct()
    each = 2 if option == "group_key" else 1
    assert own.filter(recipient=user).count() == own.filter(recipient=other_user).count() == each


def test_groups_are_joined_in_one_order(user, other_user):
    def write(number):
        users = [user, other_user] if number % 2 else [other_user, user]
        try:
            with transaction.atomic():
                notify(users, "match", title=str(number), group_key=f"post-{number // 10}")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(60)))
    assert {group.count for group in NotificationGroup.objects.all()} == {10}


def test_late_rows_are_corrected_despite_a_deadlock(user):
    message = notify(user, "match", title="x").message
    row = Notification.objects.get()
    InboxState.objects.update_or_create(user=user, defaults={"read_up_to": row.pk})
    undone = []

    def be_the_victim_once(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and not undone:
            undone.append(sql)
            raise OperationalError(1213, "Deadlock found when trying to get lock")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(be_the_victim_once):
        keep_late_rows_unread(Batch(message, row.pk - 1, "default"))
    assert undone
    assert Notification.objects.get().kept_unread
