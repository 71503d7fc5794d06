"""Remove old rows in small steps that can be interrupted, and nothing that is still to be sent.

Unread counts stay correct: a removed row was read, deleted, expired, or too old to be kept.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import models, router, transaction

from .. import clock
from ..conf import settings
from ..database.deadlocks import retry_on_deadlock
from ..database.insert_select import filter_in
from ..inbox.badge import forget_counts
from ..leases import skip_taken
from ..models import (
    DedupeKey,
    Delivery,
    Device,
    Digest,
    Folder,
    InboxState,
    Message,
    Notification,
    NotificationGroup,
    NotificationPreference,
    NotificationSettings,
    ObjectPreference,
    PendingRecipients,
    PreferenceChange,
    PushSubscription,
    Status,
)
from ..models.inbox import watermark
from ..sending.later import withdraw_recipient
from .erasure import anonymize, mentions
from .metrics import keep_numbers

CHUNK = 5000
#: Models whose rows belong to their ``user`` and to nobody else.
OWNED = [NotificationPreference, ObjectPreference, PreferenceChange, PushSubscription, Device]
# A deleted notification can be restored for this long, whatever the other rules say.
UNDO = timedelta(days=7)


def prune(now: datetime | None = None) -> dict[str, int]:
    """Remove what the settings no longer keep; return how many rows of each went."""
    now = now or clock.now()
    removed = {
        "deleted": _remove(_old(Notification.objects.filter(deleted_at__lt=now - UNDO))),
        "expired": _remove(_old(Notification.objects.filter(expires_at__lt=now - UNDO))),
    }
    if settings.NOTIFICATION_EXPIRY_DAYS is not None:
        age = now - timedelta(days=settings.NOTIFICATION_EXPIRY_DAYS)
        removed["old"] = _remove(_kept(_old(Notification.objects.filter(created_at__lt=age))))
        removed["dedupe"] = DedupeKey.objects.filter(created_at__lt=age).delete()[0]
        removed["changes"] = PreferenceChange.objects.filter(created_at__lt=age).delete()[0]
        done = Digest.objects.filter(created_at__lt=age).exclude(status=Status.PENDING)
        removed["digest"] = done.delete()[0]
        removed["message"] = _remove_messages(age)
    if settings.NOTIFICATION_MAX_PER_USER is not None:
        removed["surplus"] = _remove_surplus(settings.NOTIFICATION_MAX_PER_USER)
    return removed


def export_user(user: Any) -> dict[str, Any]:
    """Return everything that is stored about one user, as plain data."""
    # Without the key of their links: it would identify the user to anyone who has a link.
    names = [each.attname for each in NotificationSettings._meta.fields if each.name != "key"]
    settings_row = NotificationSettings.objects.filter(user=user).values(*names).first()
    return {
        "notifications": _export_notifications(user),
        "settings": settings_row,
        "preferences": list(NotificationPreference.objects.filter(user=user).values()),
        "objects": list(ObjectPreference.objects.filter(user=user).values()),
        "changes": list(PreferenceChange.objects.filter(user=user).values()),
        "browsers": list(
            PushSubscription.objects.filter(user=user).values("endpoint", "created_at")
        ),
        "devices": list(
            Device.objects.filter(user=user).values(
                "installation",
                "kind",
                "address",
                "app",
                "environment",
                "locale",
                "time_zone",
                "created_at",
                "last_seen_at",
            )
        ),
        "deliveries": list(
            Delivery.objects.filter(recipient=user).values("channel", "status", "sent_at")
        ),
        # What others were sent that names the user.
        "mentions": mentions(user),
    }


def _export_notifications(user: Any) -> list[dict[str, Any]]:
    own = Notification.objects.of(user).with_content().order_by("pk")
    return [
        {
            "type": each.type,
            "title": each.title,
            "text": each.text,
            "action_url": each.message.action_url,
            "created_at": each.created_at,
            "read": each.is_read,
        }
        for each in own.iterator()
    ]


def erase_user(user: Any) -> None:
    """Remove all that is stored about one user, and messages that no other user has.

    In what others were sent, "Deleted user" takes the place of the user's name.
    """
    using = router.db_for_write(Notification)
    with transaction.atomic(using=using):
        own = Notification.objects.using(using).filter(recipient=user)
        messages = list(own.values_list("message_id", flat=True))
        own.delete()
        messages += withdraw_recipient(user, using)
        for model in [DedupeKey, Digest, NotificationGroup]:
            model._default_manager.filter(recipient=user).delete()
        for each in OWNED:
            each._default_manager.filter(user=user).delete()
        NotificationSettings.objects.filter(user=user).delete()
        InboxState.objects.filter(user=user).delete()
        _without_readers().filter(pk__in=messages).delete()
        anonymize(user, using)
        forget_counts([user.pk], using)


def _old(rows: models.QuerySet[Notification]) -> models.QuerySet[Notification]:
    """Those that no delivery needs."""
    under_way = Delivery.objects.filter(
        notification_id=models.OuterRef("pk"), status__in=[Status.PENDING, Status.HELD]
    )
    return rows.exclude(models.Exists(under_way))


def _kept(rows: models.QuerySet[Notification]) -> models.QuerySet[Notification]:
    """Without unread and pinned ones, which are kept unless the policy says otherwise."""
    if settings.NOTIFICATION_KEEP_PINNED:
        rows = rows.filter(pinned_at=None)
    if not settings.NOTIFICATION_KEEP_UNREAD:
        return rows
    seen = models.Q(pk__lte=watermark(models.OuterRef("recipient_id"))) | ~models.Q(read_at=None)
    # A notification that was never in an inbox needs no reader.
    return rows.filter(models.Q(kept_unread=False) & seen | models.Q(folder=Folder.OUTSIDE))


def _remove(rows: models.QuerySet[Notification]) -> int:
    """Delete in chunks along the primary key; each is committed, so a stop costs one chunk."""
    using = router.db_for_write(Notification)
    count, last = 0, 0
    while True:
        chunk = partial(_remove_chunk, rows.using(using).filter(pk__gt=last), using)
        removed, last = retry_on_deadlock(using, chunk)
        if not last:
            return count
        count += removed


def _remove_chunk(rows: models.QuerySet[Notification], using: str) -> tuple[int, int]:
    """Delete the first of the rows; return how many went and the last key, 0 if there was none."""
    with transaction.atomic(using=using):
        # In order, or the database would scan rows that it has just deleted. Without rows that
        # another run is removing, which counts them, or that a user is changing.
        ids = list(skip_taken(rows.order_by("pk"), using).values_list("pk", flat=True)[:CHUNK])
        return (_delete(ids, using), ids[-1]) if ids else (0, 0)


def _delete(ids: list[int], using: str) -> int:
    """Rows and their deliveries, by two statements instead of Django's collecting."""
    deliveries = Delivery.objects.using(using)
    # Most have no delivery, and their keys are adjacent: one short query saves two long ones.
    between = {"notification_id__gte": ids[0], "notification_id__lte": ids[-1]}
    sent = deliveries.filter(**between).exists()
    own = filter_in(Notification.objects.using(using), "pk", ids)
    theirs = filter_in(deliveries, "notification_id", ids) if sent else None
    keep_numbers(own, theirs)
    if theirs is not None:
        theirs._raw_delete(using)
    return int(own._raw_delete(using))


def _remove_surplus(limit: int) -> int:
    """The oldest of those users who have more than the limit."""
    crowded = (
        Notification.objects.order_by()
        .values("recipient_id")
        .annotate(n=models.Count("pk"))
        .filter(n__gt=limit)
        .values_list("recipient_id", flat=True)
    )
    count = 0
    for user_id in list(crowded):
        newest = Notification.objects.of(user_id).order_by("-pk")
        border = newest.values_list("pk", flat=True)[limit - 1]
        count += _remove(_kept(_old(Notification.objects.of(user_id).filter(pk__lt=border))))
    return count


def _remove_messages(age: datetime) -> int:
    """Remove messages without recipients."""
    orphans = _without_readers().filter(created_at__lt=age)
    count = 0
    using = router.db_for_write(Message)
    while ids := list(orphans.using(using).values_list("pk", flat=True)[:CHUNK]):
        removed = retry_on_deadlock(using, partial(_delete_messages, ids, using))
        if not removed:  # each has a recipient again
            break
        count += removed
    return count


def _delete_messages(ids: list[int], using: str) -> int:
    """Remove those without recipients, and their keys, by two statements instead of collecting."""
    with transaction.atomic(using=using):
        filter_in(DedupeKey.objects.using(using), "message_id", ids)._raw_delete(using)
        return int(filter_in(_without_readers().using(using), "pk", ids)._raw_delete(using))


def _without_readers() -> models.QuerySet[Message]:
    """Messages that have no recipients and will get none."""
    of_message = {"message_id": models.OuterRef("pk")}
    return Message.objects.exclude(
        models.Exists(Notification.objects.filter(**of_message))
    ).exclude(models.Exists(PendingRecipients.objects.filter(**of_message)))
