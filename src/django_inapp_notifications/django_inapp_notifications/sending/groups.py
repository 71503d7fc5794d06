"""Many alike as one line: the newest stands for all that its recipient has not read."""

from typing import Any

from django.db import connections, models

from .. import clock
from ..conf import settings
from ..database.insert_select import constant, insert_select
from ..models import Folder, Message, Notification, NotificationGroup
from .fanout import Batch

NAMES = 2  # of actors that a line can show


def join_groups(batch: Batch, users: models.QuerySet[Any]) -> None:
    """Make the rows just written the heads of their groups, in the transaction that wrote them.

    The group's row is locked first, so that of two at once the second counts the first; and in
    the order of recipients, so that two with the same recipients do not wait for each other.
    """
    using, message = batch.using, batch.message
    values = {"key": message.group_key, "head": 0, "count": 0, "actors": []}
    columns: dict[str, Any] = {
        name: constant(NotificationGroup, name, value) for name, value in values.items()
    }
    joined = {"recipient": models.F("pk"), **columns}
    insert_select(NotificationGroup, users, joined, ignore_conflicts=True)

    new = batch.rows().filter(group=None).order_by("recipient_id")
    heads = list(new.values_list("recipient_id", "pk"))
    for start in range(0, len(heads), settings.NOTIFICATION_CHUNK_SIZE):
        _join(message, dict(heads[start : start + settings.NOTIFICATION_CHUNK_SIZE]), using)


def _join(message: Message, heads: dict[Any, int], using: str) -> None:
    """Put these rows, given by their recipients, in place of their groups' heads."""
    groups = NotificationGroup.objects.using(using).filter(
        key=message.group_key, recipient_id__in=list(heads)
    )
    if connections[using].features.has_select_for_update:
        groups = groups.select_for_update()
    found = list(groups.order_by("recipient_id"))
    unread = _unread(using, [group.head for group in found])
    for group in found:
        known = group.actors if group.head in unread else []
        others = [name for name in known if name != message.actor_name]
        group.count = group.count + 1 if group.head in unread else 1
        group.actors = [message.actor_name, *others][:NAMES] if message.actor_name else known
        group.head = heads[group.recipient_id]
    NotificationGroup.objects.using(using).bulk_update(found, ["count", "actors", "head"])
    rows = Notification.objects.using(using)
    own = NotificationGroup.objects.filter(
        recipient_id=models.OuterRef("recipient_id"), key=message.group_key
    )
    joined = rows.filter(pk__in=list(heads.values()))
    joined.update(group_id=models.Subquery(own.values("pk")[:1]))
    for old in unread.values():
        if old.pinned_at:
            rows.filter(pk=heads[old.recipient_id]).update(pinned_at=old.pinned_at)
    gone: dict[str, Any] = {"folder": Folder.DELETED, "kept_unread": False, "pinned_at": None}
    rows.filter(pk__in=list(unread)).update(deleted_at=clock.now(), **gone)


def _unread(using: str, heads: list[int]) -> dict[int, Notification]:
    """The heads that are still in the inbox and unread."""
    rows = Notification.objects.using(using).with_content().filter(pk__in=heads)
    return {row.pk: row for row in rows.filter(folder=Folder.INBOX) if not row.is_read}
