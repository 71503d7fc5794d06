"""Sending notifications. Everything is written in the caller's transaction, and nothing leaves
the site before that transaction commits.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import router, transaction

from . import clock, inbox
from .content.text import short_key
from .database.deadlocks import retry_on_deadlock
from .dispatch import wake_after_commit
from .exceptions import InvalidNotification
from .models import Message, Notification
from .sending.audience import is_one
from .sending.compose import aware, compose
from .sending.dedupe import find_or_recall
from .sending.later import cancel, store_recipients
from .sending.write import Sent, write_recipients

__all__ = ["Sent", "cancel", "mark_as_read", "notify", "notify_many", "notify_one"]


def notify(
    recipients: Any,
    notification_type: str,
    *,
    title: str = "",
    message: str = "",
    action_url: str = "",
    priority: str = "normal",
    actor: Any = None,
    target: Any = None,
    params: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    delivery_methods: Iterable[str] | None = None,
    dedupe_key: str | None = None,
    expires_at: datetime | None = None,
    send_at: datetime | None = None,
    background: bool = False,
    group_key: str = "",
) -> Sent:
    """Notify one user, or each user of an iterable or a QuerySet; keys do as well as users.

    `delivery_methods` names the channels to use instead of the type's own. A recipient who already
    has a notification of this type with the same `dedupe_key` gets no second one; if its content
    differs, DedupeConflict is raised. With `send_at` or `background`, the recipients are noted,
    and written by the next sweep that is due (manage.py notifications_deliver) in chunks; until
    then, cancel() calls it off. Raises UnknownType, UnknownChannel, UnsafeLink or
    InvalidNotification before anything is written.

    With `group_key`, those alike that a recipient has not read become one line of their inbox.

    The victim of a deadlock is written again, unless the transaction is the caller's own or
    `recipients` is an iterator.
    """
    composed = compose(
        notification_type,
        title=title,
        text=message,
        action_url=action_url,
        priority=priority,
        actor=actor,
        target=target,
        params=params,
        metadata=metadata,
        channels=delivery_methods,
        expires_at=expires_at,
        send_at=send_at,
        group_key=group_key,
    )
    key = None if dedupe_key is None else short_key(str(dedupe_key))
    later = background or is_later(send_at)
    using = router.db_for_write(Message)
    send = partial(_send, composed, recipients, key, later, using)
    # What can be iterated only once cannot be written again.
    return send() if isinstance(recipients, Iterator) else retry_on_deadlock(using, send)


def _send(message: Message, recipients: Any, key: str | None, later: bool, using: str) -> Sent:
    """Save a message, and write its recipients or, if it is for later, note them."""
    with transaction.atomic(using=using):
        message.pk, message._state.adding = None, True  # whatever a try before this one left
        message.save(using=using)
        if later:
            count = store_recipients(message, recipients, message.send_at, key or "", using)
            wake_after_commit(None, using)
            return Sent(message, count)
        sent = write_recipients(message, recipients, key, using)
        if sent.message != message:  # everybody has it already
            message.delete(using=using)
        return sent


def notify_many(recipients: Iterable[Any], notification_type: str, **options: Any) -> Sent:
    """notify() for code that means many: a single user here is a mistake and raises."""
    if is_one(recipients):
        raise InvalidNotification(
            "notify_many() takes an iterable of users; use notify() for a single one."
        )
    return notify(recipients, notification_type, **options)


def notify_one(user: Any, notification_type: str, **options: Any) -> Notification:
    """Notify one user and return the row; `options` are those of notify().

    The row is not saved if the user had it by its `dedupe_key`, and their row was removed since.
    Raises InvalidNotification for one that is written later.
    """
    if options.get("background") or is_later(options.get("send_at")):
        raise InvalidNotification(
            "create_notification() returns a row, and one that is written later has none yet: "
            "use notify()."
        )
    sent = notify(user, notification_type, **options)
    rows = sent.notifications.filter(recipient=user)
    return rows.get() if sent.count else find_or_recall(rows, sent.message, user)


def mark_as_read(notification: Notification) -> None:
    """Mark it read for its recipient. Reading twice changes nothing."""
    inbox.mark_read(notification.recipient_id, [notification.pk])
    using = router.db_for_write(Notification)  # a replica may not have it yet
    notification.refresh_from_db(using, fields=["read_at", "kept_unread"])


def is_later(send_at: datetime | None) -> bool:
    """Whether recipients are to be written by a later sweep, and not now."""
    moment = aware(send_at, "send_at")
    return moment is not None and moment > clock.now()
