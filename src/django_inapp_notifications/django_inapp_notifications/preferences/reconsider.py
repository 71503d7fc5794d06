"""Reconsider what waits for a user when they change their preferences."""

from typing import Any

from django.db import router, transaction

from .. import clock
from ..models import Delivery, Digest, Status

#: Fields of NotificationSettings that say when something leaves.
TIMING = frozenset(
    {
        "time_zone",
        "quiet_hours",
        "quiet_start",
        "quiet_end",
        "quiet_days",
        "digest_hour",
        "digest_weekday",
    }
)


def reconsider(user_id: Any) -> None:
    """Make due what quiet hours or an open digest hold back: the rules will find its new time.

    What a dispatcher has in hand, or a digest that was tried, is left alone.
    """
    using = router.db_for_write(Delivery)
    now = clock.database_now(using)
    mine = Delivery.objects.using(using).filter(recipient_id=user_id)
    not_tried = Digest.objects.using(using).filter(
        recipient_id=user_id, status=Status.PENDING, lease=None
    )
    with transaction.atomic(using=using):
        ids = list(not_tried.values_list("pk", flat=True))
        held = mine.filter(status=Status.HELD, digest_id__in=ids)
        held.update(status=Status.PENDING, digest=None, reason="", not_before=now)
        # Its period is free again, for whatever day that becomes.
        not_tried.filter(pk__in=ids).delete()
        waiting = mine.filter(status=Status.PENDING, reason="quiet_hours", lease=None)
        waiting.update(not_before=now)
