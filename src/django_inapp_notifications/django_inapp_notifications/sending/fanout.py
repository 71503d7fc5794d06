"""From one Message to a row per recipient, written by the database itself."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import models, transaction

from .. import clock, types
from ..channels import IN_APP
from ..database.deadlocks import retry_on_deadlock
from ..database.insert_select import constant, insert_select
from ..inbox.badge import MANY, forget_counts
from ..inbox.markers import SETTLED_AFTER
from ..models import ALL_TYPES, Folder, InboxState, Message, Notification, NotificationPreference
from ..signals import notification_created


@dataclass(frozen=True)
class Batch:
    """Where the rows of one write are found: those of the message above an id."""

    message: Message
    after: int
    using: str
    started: datetime = field(default_factory=clock.now)

    def rows(self) -> models.QuerySet[Notification]:
        return Notification.objects.using(self.using).filter(
            message_id=self.message.pk, pk__gt=self.after
        )


def begin_batch(message: Message, using: str) -> Batch:
    """Call it inside the transaction, before the rows are written."""
    rows = Notification.objects.using(using).order_by("-pk")
    return Batch(message, rows.values_list("pk", flat=True).first() or 0, using)


def write_notifications(batch: Batch, users: models.QuerySet[Any]) -> int:
    """One statement: a notification of the batch's message for each of the users."""
    message = batch.message
    values = {
        "message": message.pk,
        "type": message.type,
        "priority": message.priority,
        "kept_unread": False,
        "created_at": clock.now(),
        "expires_at": message.expires_at,
    }
    columns: dict[str, Any] = {
        name: constant(Notification, name, value) for name, value in values.items()
    }
    return insert_select(
        Notification, users, {"recipient": models.F("pk"), "folder": _folder(message), **columns}
    )


def _folder(message: Message) -> Any:
    """The inbox, unless the sender named other channels or the recipient switched it off."""
    kind, asked = types.get(message.type), message.channels
    default = IN_APP in (kind.channels if asked is None else asked)
    inbox = constant(Notification, "folder", Folder.INBOX.value)
    outside = constant(Notification, "folder", Folder.OUTSIDE.value)
    if not default and asked is not None:
        return outside
    if default and kind.locked and IN_APP in kind.channels:
        return inbox
    own = NotificationPreference.objects.filter(
        user_id=models.OuterRef("pk"), type__in=[kind.slug, ALL_TYPES], channel=IN_APP
    )
    off = models.Exists(own.filter(enabled=False))
    if default:
        return models.Case(models.When(off, then=outside), default=inbox)
    on = models.Exists(own.filter(enabled=True, type=kind.slug))
    return models.Case(models.When(on & ~off, then=inbox), default=outside)


def finish_batch(batch: Batch, count: int) -> None:
    """After the commit: correct badges, keep late rows unread, send the signal."""
    if not count:
        return
    forget_counts(
        None if count > MANY else batch.rows().values_list("recipient_id", flat=True), batch.using
    )
    using = batch.using
    if transaction.get_connection(using).vendor != "sqlite":  # which has one writer at a time
        transaction.on_commit(lambda: keep_late_rows_unread(batch), using=using, robust=True)
    transaction.on_commit(lambda: _announce(batch, count), using=using, robust=True)


def keep_late_rows_unread(batch: Batch) -> None:
    """Correct what pages, "mark all as read" and its markers could not see.

    Ids are given out when rows are written, but rows are seen when they are committed. A user who
    has read or seen everything up to a newer id would have read these without ever seeing them.
    """
    using = batch.using
    if clock.now() - batch.started >= SETTLED_AFTER:  # longer than any marker waits
        _keep_unread(batch.rows(), batch)
    passed = models.Q(read_up_to__gt=batch.after) | models.Q(seen_up_to__gt=batch.after)
    for state in InboxState.objects.using(using).filter(passed):
        own = batch.rows().filter(recipient_id=state.user_id)
        _keep_unread(own.filter(pk__lte=state.read_up_to), batch)
        oldest = own.filter(pk__lte=state.seen_up_to).order_by("pk").values_list("pk", flat=True)
        if late := oldest.first():
            beyond = InboxState.objects.using(using).filter(pk=state.pk, seen_up_to__gte=late)
            retry_on_deadlock(using, partial(beyond.update, seen_up_to=late - 1))


def _keep_unread(rows: models.QuerySet[Notification], batch: Batch) -> None:
    unread = rows.filter(read_at=None)
    # This is written once only: a user who reads some of them at this moment must not undo it.
    if retry_on_deadlock(batch.using, partial(unread.update, kept_unread=True)):
        forget_counts(rows.values_list("recipient_id", flat=True), batch.using)


def _announce(batch: Batch, count: int) -> None:
    if not notification_created.has_listeners(Message):
        return  # before anything is built without a receiver
    notification_created.send_robust(
        sender=Message,
        message=batch.message,
        count=count,
        notifications=batch.rows().order_by("pk"),
    )
