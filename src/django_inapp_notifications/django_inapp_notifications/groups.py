"""Many alike as one line: the newest stands for all that its recipient has not read."""

from typing import Any

from django.db import connections, models
from django.utils import timezone

from .fanout import Batch
from .insert_select import constant, insert_select
from .models import Notification, NotificationGroup, Place

__all__ = ["join_groups"]

NAMES = 2  # of actors that a line can show


def join_groups(batch: Batch, users: models.QuerySet[Any]) -> None:
    """Make the rows just written the heads of their groups, in the transaction that wrote them.

    The group's row is locked first, so that of two at once the second counts the first.
    """
    using, message = batch.using, batch.message
    values = {"key": message.group_key, "head": 0, "count": 0, "actors": []}
    columns: dict[str, Any] = {
        name: constant(NotificationGroup, name, value) for name, value in values.items()
    }
    joined = {"recipient": models.F("pk"), **columns}
    insert_select(NotificationGroup, users, joined, ignore_conflicts=True)

    heads = dict(batch.rows().filter(group=None).values_list("recipient_id", "pk"))
    groups = NotificationGroup.objects.using(using).filter(
        key=message.group_key, recipient_id__in=list(heads)
    )
    if connections[using].features.has_select_for_update:
        groups = groups.select_for_update()
    found = list(groups.order_by("pk"))
    unread = _unread(using, [group.head for group in found])
    for group in found:
        known = group.actors if group.head in unread else []
        others = [name for name in known if name != message.actor_name]
        group.count = group.count + 1 if group.head in unread else 1
        group.actors = [message.actor_name, *others][:NAMES] if message.actor_name else known
        group.head = heads[group.recipient_id]
    NotificationGroup.objects.using(using).bulk_update(found, ["count", "actors", "head"])
    _set_groups(batch, list(unread))
    for old in unread.values():
        if old.pinned_at:
            new = batch.rows().filter(recipient_id=old.recipient_id)
            new.update(pinned_at=old.pinned_at)


def _unread(using: str, heads: list[int]) -> dict[int, Notification]:
    """The heads that are still in the inbox and unread."""
    rows = Notification.objects.using(using).with_content().filter(pk__in=heads)
    return {row.pk: row for row in rows.filter(place=Place.INBOX) if not row.is_read}


def _set_groups(batch: Batch, superseded: list[int]) -> None:
    """Tie the new rows to their groups, and take those that they stand for out of the inbox."""
    own = NotificationGroup.objects.filter(
        recipient_id=models.OuterRef("recipient_id"), key=batch.message.group_key
    )
    batch.rows().filter(group=None).update(group_id=models.Subquery(own.values("pk")[:1]))
    old = Notification.objects.using(batch.using).filter(pk__in=superseded)
    gone: dict[str, Any] = {"place": Place.DELETED, "kept_unread": False, "pinned_at": None}
    old.update(deleted_at=timezone.now(), **gone)
