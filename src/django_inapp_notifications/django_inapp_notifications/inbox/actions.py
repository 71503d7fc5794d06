"""What a user does with their notifications. Every change is bounded to rows of that user."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import models, router, transaction

from .. import clock
from ..conf import settings
from ..database.deadlocks import retry_on_deadlock
from ..database.pages import in_order
from ..models import Folder, InboxState, Notification
from ..signals import notification_deleted, notification_read
from .badge import forget_counts
from .markers import Marker, marker_of

Result = TypeVar("Result")
Rows = models.QuerySet[Notification]


def mark_read(user: Any, ids: Iterable[int]) -> list[int]:
    """Mark notifications as read and return the ids of those that were unread."""
    user_id = _user_id(user)
    not_marked = models.Q(pk__gt=_read_up_to(user_id, _database())) | models.Q(
        folder=Folder.OUTSIDE
    )
    unread = models.Q(kept_unread=True) | models.Q(not_marked, read_at=None)

    def change(rows: Rows) -> list[int]:
        changed = list(rows.filter(unread).values_list("pk", flat=True))
        if changed:
            rows.filter(pk__in=changed).update(read_at=clock.now(), kept_unread=False)
            _announce(rows.db, notification_read, user_id, notification_ids=changed, up_to=None)
        return changed

    return _change(user, ids, change)


def mark_unread(user: Any, ids: Iterable[int]) -> int:
    """Mark notifications as unread again, also where everything up to them was marked read."""
    shown = models.Q(folder__in=[Folder.INBOX, Folder.ARCHIVE])
    return _update(user, ids, shown, read_at=None, kept_unread=True)


def mark_all_read(user: Any, up_to: Marker | int | None = None) -> int:
    """Mark what a page showed as read, by the marker of that page; None means all of now.

    What the page did not show stays unread, whatever its id and whenever it was committed. An id
    as `up_to` means all up to it that are there now. It costs a few small writes however many
    notifications there are. Return the id up to which everything is read now by this call.
    """
    using, user_id = _database(), _user_id(user)
    own = Notification.objects.using(using).of(user_id)
    shown = Marker(up_to) if isinstance(up_to, int) else up_to or marker_of(user_id, using)
    # No further than the newest that exists, or a wrong number would swallow what is yet to come.
    older = in_order(own.filter(folder=Folder.INBOX), user_id, below=shown.settled + 1)
    reached = older.values_list("pk", flat=True).first() if shown.settled else 0
    settled, now = reached or 0, clock.now()
    awake = own.filter(models.Q(snoozed_until=None) | models.Q(snoozed_until__lte=now))

    def change() -> None:
        if settled:
            _move_watermark(using, user_id, settled, now)
        if shown.named:
            unread = models.Q(kept_unread=True) | models.Q(read_at=None)
            named = awake.filter(unread, folder=Folder.INBOX, pk__in=shown.named)
            named.update(kept_unread=False, read_at=now)
        if not isinstance(up_to, Marker):
            kept = awake.filter(kept_unread=True)
            kept = kept if up_to is None else kept.filter(pk__lte=settled)
            kept.update(kept_unread=False, read_at=now)
        marked = {"notification_ids": list(shown.named), "up_to": settled}
        _announce(using, notification_read, user_id, **marked)

    _in_one_go(using, change)
    return settled


def _move_watermark(using: str, user_id: Any, settled: int, now: datetime) -> None:
    states = InboxState.objects.using(using)
    behind = states.filter(user_id=user_id, read_up_to__lt=settled)
    if not behind.update(read_up_to=settled, read_up_to_at=now):
        states.bulk_create([InboxState(user_id=user_id)], ignore_conflicts=True)
        behind.update(read_up_to=settled, read_up_to_at=now)


def mark_seen(user: Any, shown: Sequence[Notification]) -> None:
    """Remember that the user was shown these rows of with_content(), read or not.

    One write when there was something new among them, none otherwise.
    """
    newest = max((each.pk for each in shown), default=0)
    if newest and newest > shown[0].seen_up_to:
        using = _database()
        states = InboxState.objects.using(using)
        # An older page that is slower than a newer one takes nothing back.
        behind = states.filter(user_id=_user_id(user), seen_up_to__lt=newest)
        if not behind.update(seen_up_to=newest):
            first = InboxState(user_id=_user_id(user), seen_up_to=newest)
            states.bulk_create([first], ignore_conflicts=True)


def mark_clicked(user: Any, notification_id: int) -> None:
    """Remember that the user followed the link, the first time only."""
    _update(user, [notification_id], models.Q(clicked_at=None), clicked_at=clock.now())


def delete(user: Any, ids: Iterable[int]) -> list[int]:
    """Take notifications out of the inbox and the archive; restore() can undo it for a while."""

    def change(rows: Rows) -> list[int]:
        changed = list(rows.exclude(folder=Folder.DELETED).values_list("pk", flat=True))
        rows.filter(pk__in=changed).update(
            folder=Folder.DELETED, deleted_at=clock.now(), pinned_at=None
        )
        _announce(rows.db, notification_deleted, _user_id(user), notification_ids=changed)
        return changed

    return _change(user, ids, change)


def restore(user: Any, ids: Iterable[int]) -> int:
    """Undo delete() and archive(). What was archived before it was deleted stays archived."""

    def change(rows: Rows) -> int:
        changed = rows.filter(folder=Folder.ARCHIVE).update(folder=Folder.INBOX, archived_at=None)
        deleted = rows.filter(folder=Folder.DELETED)
        changed += deleted.filter(archived_at=None).update(folder=Folder.INBOX, deleted_at=None)
        changed += deleted.exclude(archived_at=None).update(folder=Folder.ARCHIVE, deleted_at=None)
        return changed

    return _change(user, ids, change)


def archive(user: Any, ids: Iterable[int]) -> int:
    """Move notifications from the inbox to the archive."""
    moved: dict[str, Any] = {"folder": Folder.ARCHIVE, "archived_at": clock.now()}
    return _update(user, ids, models.Q(folder=Folder.INBOX), **moved, pinned_at=None)


def snooze(user: Any, ids: Iterable[int], until: datetime) -> int:
    """Hide notifications from the inbox until a moment, when they come back unread."""
    unread: dict[str, Any] = {"read_at": None, "kept_unread": True}
    inbox = models.Q(folder=Folder.INBOX)
    return _update(user, ids, inbox, snoozed_until=until, pinned_at=None, **unread)


def unsnooze(user: Any, ids: Iterable[int]) -> int:
    """Bring snoozed notifications back now. They stay unread, as when a snooze ends by itself."""
    return _update(user, ids, models.Q(snoozed_until__gt=clock.now()), snoozed_until=None)


def pin(user: Any, ids: Iterable[int]) -> int:
    """Keep notifications of the inbox at its top, and from being removed for their age.

    Beyond NOTIFICATION_MAX_PINNED, those that were pinned first are unpinned.
    """

    def change(rows: Rows) -> int:
        changed = rows.filter(folder=Folder.INBOX, pinned_at=None).update(pinned_at=clock.now())
        own = Notification.objects.using(rows.db).of(user).filter(pinned_at__isnull=False)
        surplus = own.order_by("-pinned_at", "-pk").values_list("pk", flat=True)
        own.filter(pk__in=list(surplus[settings.NOTIFICATION_MAX_PINNED :])).update(pinned_at=None)
        return changed

    return _change(user, ids, change)


def unpin(user: Any, ids: Iterable[int]) -> int:
    """Let notifications go back to their place among the others."""
    return _update(user, ids, models.Q(pinned_at__isnull=False), pinned_at=None)


def _update(user: Any, ids: Iterable[int], which: models.Q, **values: Any) -> int:
    return _change(user, ids, lambda rows: rows.filter(which).update(**values))


def _change(user: Any, ids: Iterable[int], change: Callable[[Rows], Result]) -> Result:
    """Do it to these notifications, as far as they are the user's."""
    using, user_id = _database(), _user_id(user)
    rows = Notification.objects.using(using).filter(recipient_id=user_id, pk__in=list(ids))

    def and_count() -> Result:
        changed = change(rows)
        forget_counts([user_id], using)
        return changed

    return _in_one_go(using, and_count)


def _in_one_go(using: str, change: Callable[[], Result]) -> Result:
    """In one transaction, retried if the database rolled it back because of a deadlock."""

    def whole() -> Result:
        with transaction.atomic(using=using):
            return change()

    return retry_on_deadlock(using, whole)


def _database() -> str:
    return router.db_for_write(Notification)


def _user_id(user: Any) -> Any:
    return getattr(user, "pk", user)


def _read_up_to(user_id: Any, using: str) -> int:
    states = InboxState.objects.using(using).filter(user_id=user_id)
    return states.values_list("read_up_to", flat=True).first() or 0


def _announce(using: str, signal: Any, user_id: Any, **kwargs: Any) -> None:
    forget_counts([user_id], using)
    send = partial(signal.send_robust, sender=Notification, user_id=user_id, **kwargs)
    transaction.on_commit(lambda: send() and None, using=using, robust=True)
