"""A batch's rows in the outbox: one per recipient and outside channel."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils import timezone

from ..channels import outside_channels
from ..database.insert_select import constant, insertion, parameter
from ..database.statements import Slot, Statement, id_slot
from ..models import Delivery, Notification, NotificationPreference, Status
from ..types import NotificationType
from .fanout import Batch


def write_deliveries(batch: Batch, kind: NotificationType) -> int:
    """One statement for each outside channel that anyone of the batch may get it by.

    Whether somebody wants it is decided when it is sent; here, only those channels are left out
    that are off by default and were not switched on.
    """
    asked = batch.message.channels
    now = timezone.now()
    count = 0
    for name in outside_channels():
        is_default = name in (kind.channels if asked is None else asked)
        if not is_default and asked is not None:
            continue
        count += _insertion(batch.using, is_default).write(
            batch.using,
            message=batch.message.pk,
            after=batch.after,
            type=kind.slug,
            channel=name,
            reason="until_unread" if kind.unread_for else "",
            created_at=now,
            not_before=now + (kind.unread_for or timedelta()),
        )
    return count


@lru_cache(maxsize=8)
def _insertion(using: str, is_default: bool) -> Statement:
    """Deliveries of a batch by a channel, to everybody or to those who switched it on."""
    rows = Notification.objects.using(using).filter(
        message_id=id_slot("message"), pk__gt=id_slot("after")
    )
    if not is_default:
        on = NotificationPreference.objects.filter(
            user_id=models.OuterRef("recipient_id"),
            type=Slot("type", models.CharField()),
            channel=Slot("channel", models.CharField()),
            enabled=True,
        )
        rows = rows.filter(models.Exists(on))
    fixed = {"status": Status.PENDING.value, "attempts": 0, "error": ""}
    later = ("channel", "reason", "created_at", "not_before")
    columns: dict[str, Any] = {
        "notification": models.F("pk"),
        "recipient": models.F("recipient_id"),
        **{name: constant(Delivery, name, value) for name, value in fixed.items()},
        **{name: parameter(Delivery, name) for name in later},
    }
    return insertion(Delivery, rows, columns)
