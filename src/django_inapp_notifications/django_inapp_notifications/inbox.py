"""What a user does with their notifications. Every change is bounded to rows of that user."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import models, router, transaction
from django.utils import timezone

from .badge import forget_counts
from .conf import settings
from .keyset import HIGHEST, in_order
from .models import InboxState, Notification, Place
from .signals import notification_deleted, notification_read

__all__ = [
    "archive",
    "delete",
    "mark_all_read",
    "mark_clicked",
    "mark_read",
    "mark_seen",
    "mark_unread",
    "pin",
    "restore",
    "snooze",
    "unpin",
]


def mark_read(user: Any, ids: Iterable[int]) -> list[int]:
    """Mark notifications as read and return the ids of those that were unread."""
    using, user_id, rows = _rows(user, ids)
    not_marked = models.Q(pk__gt=_read_up_to(user_id)) | models.Q(place=Place.NOWHERE)
    unread = models.Q(kept_unread=True) | models.Q(not_marked, read_at=None)
    with transaction.atomic(using=using):
        changed = list(rows.filter(unread).values_list("pk", flat=True))
        if changed:
            rows.filter(pk__in=changed).update(read_at=timezone.now(), kept_unread=False)
            _announce(using, notification_read, user_id, notification_ids=changed, up_to=None)
    return changed


def mark_unread(user: Any, ids: Iterable[int]) -> int:
    """Mark notifications as unread again, also where everything up to them was marked read."""
    using, user_id, rows = _rows(user, ids)
    with transaction.atomic(using=using):
        changed = rows.filter(place__in=[Place.INBOX, Place.ARCHIVE]).update(
            read_at=None, kept_unread=True
        )
        forget_counts([user_id], using)
    return changed


def mark_all_read(user: Any, up_to: int | None = None) -> int:
    """Mark everything up to the id `up_to` as read and return that id; None means all of now.

    Pass the newest id that the user was shown: what arrived later stays unread. It costs one small
    write however many notifications there are.
    """
    using, user_id = _database(), _user_id(user)
    own = Notification.objects.using(using).of(user_id)
    # No further than the newest that exists, or a wrong number would swallow what is yet to come.
    below = HIGHEST if up_to is None else up_to + 1
    newest = in_order(own.filter(place=Place.INBOX), user_id, below=below)
    up_to = newest.values_list("pk", flat=True).first() or 0
    now = timezone.now()
    with transaction.atomic(using=using):
        states = InboxState.objects.using(using)
        behind = states.filter(user_id=user_id, read_up_to__lt=up_to)
        if not behind.update(read_up_to=up_to, read_up_to_at=now):
            states.bulk_create([InboxState(user_id=user_id)], ignore_conflicts=True)
            behind.update(read_up_to=up_to, read_up_to_at=now)
        awake = own.filter(models.Q(snoozed_until=None) | models.Q(snoozed_until__lte=now))
        awake.filter(kept_unread=True, pk__lte=up_to).update(kept_unread=False, read_at=now)
        _announce(using, notification_read, user_id, notification_ids=[], up_to=up_to)
    return up_to


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
    _, _, rows = _rows(user, [notification_id])
    rows.filter(clicked_at=None).update(clicked_at=timezone.now())


def delete(user: Any, ids: Iterable[int]) -> list[int]:
    """Take notifications out of the inbox and the archive; restore() can undo it for a while."""
    using, user_id, rows = _rows(user, ids)
    with transaction.atomic(using=using):
        changed = list(rows.exclude(place=Place.DELETED).values_list("pk", flat=True))
        rows.filter(pk__in=changed).update(
            place=Place.DELETED, deleted_at=timezone.now(), pinned_at=None
        )
        _announce(using, notification_deleted, user_id, notification_ids=changed)
    return changed


def restore(user: Any, ids: Iterable[int]) -> int:
    """Undo delete() and archive(). What was archived before it was deleted stays archived."""
    using, user_id, rows = _rows(user, ids)
    with transaction.atomic(using=using):
        changed = rows.filter(place=Place.ARCHIVE).update(place=Place.INBOX, archived_at=None)
        deleted = rows.filter(place=Place.DELETED)
        changed += deleted.filter(archived_at=None).update(place=Place.INBOX, deleted_at=None)
        changed += deleted.exclude(archived_at=None).update(place=Place.ARCHIVE, deleted_at=None)
        forget_counts([user_id], using)
    return changed


def archive(user: Any, ids: Iterable[int]) -> int:
    """Move notifications from the inbox to the archive."""
    using, user_id, rows = _rows(user, ids)
    with transaction.atomic(using=using):
        changed = rows.filter(place=Place.INBOX).update(
            place=Place.ARCHIVE, archived_at=timezone.now(), pinned_at=None
        )
        forget_counts([user_id], using)
    return changed


def snooze(user: Any, ids: Iterable[int], until: datetime) -> int:
    """Hide notifications from the inbox until a moment, when they come back unread."""
    using, user_id, rows = _rows(user, ids)
    with transaction.atomic(using=using):
        inbox = rows.filter(place=Place.INBOX)
        changed = inbox.update(snoozed_until=until, read_at=None, kept_unread=True, pinned_at=None)
        forget_counts([user_id], using)
    return changed


def pin(user: Any, ids: Iterable[int]) -> int:
    """Keep notifications of the inbox at its top, and from being removed for their age.

    Beyond NOTIFICATION_MAX_PINNED, those that were pinned first are unpinned.
    """
    using, user_id, rows = _rows(user, ids)
    with transaction.atomic(using=using):
        changed = rows.filter(place=Place.INBOX, pinned_at=None).update(pinned_at=timezone.now())
        own = Notification.objects.using(using).of(user_id).filter(pinned_at__isnull=False)
        surplus = own.order_by("-pinned_at", "-pk").values_list("pk", flat=True)
        own.filter(pk__in=list(surplus[settings.NOTIFICATION_MAX_PINNED :])).update(pinned_at=None)
    return changed


def unpin(user: Any, ids: Iterable[int]) -> int:
    """Let notifications go back to their place among the others."""
    _, _, rows = _rows(user, ids)
    return rows.filter(pinned_at__isnull=False).update(pinned_at=None)


def _database() -> str:
    return router.db_for_write(Notification)


def _user_id(user: Any) -> Any:
    return getattr(user, "pk", user)


def _rows(user: Any, ids: Iterable[int]) -> tuple[str, Any, models.QuerySet[Notification]]:
    using, user_id = _database(), _user_id(user)
    return (
        using,
        user_id,
        Notification.objects.using(using).filter(recipient_id=user_id, pk__in=list(ids)),
    )


def _read_up_to(user_id: Any) -> int:
    return (
        InboxState.objects.filter(user_id=user_id).values_list("read_up_to", flat=True).first() or 0
    )


def _announce(using: str, signal: Any, user_id: Any, **kwargs: Any) -> None:
    forget_counts([user_id], using)
    send = partial(signal.send_robust, sender=Notification, user_id=user_id, **kwargs)
    transaction.on_commit(lambda: send() and None, using=using, robust=True)
