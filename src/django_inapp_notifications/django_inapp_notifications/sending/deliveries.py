"""A batch's rows in the outbox: one per recipient and outside channel."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import models

from .. import clock
from ..channels import outside_channels
from ..database.insert_select import constant, insertion, parameter
from ..database.statements import Slot, Statement, id_slot
from ..models import Delivery, Notification, NotificationPreference, Status
from ..types import NotificationType
from .fanout import Batch


def write_deliveries(batch: Batch, kind: NotificationType) -> int:
    """One statement for each outside channel that a recipient of the batch may use.

    Whether a recipient wants it is decided when it is sent; here, only those channels are left out
    that are off by default and were not switched on.
    """
    asked = batch.message.channels
    now = clock.now()
    count = 0
    for name in outside_channels():
        is_default = name in (kind.channels if asked is None else asked)
        if not is_default and asked is not None:
            continue
        count += _insertion(batch.using, is_default, clock.has_own_clock(batch.using)).write(
            batch.using,
            message=batch.message.pk,
            after=batch.after,
            type=kind.slug,
            channel=name,
            reason="until_unread" if kind.unread_for else "",
            created_at=now,
            **_waiting(batch.using, kind.unread_for or timedelta()),
        )
    return count


def _waiting(using: str, length: timedelta) -> dict[str, Any]:
    """The parameter of `not_before` in the statement below."""
    if clock.has_own_clock(using):
        return {"wait": length + clock.offset()}
    return {"not_before": clock.database_now(using, length)}


@lru_cache(maxsize=8)
def _insertion(using: str, is_default: bool, by_its_clock: bool) -> Statement:
    """Deliveries of a batch by a channel, to all or to those who turned it on.

    They are due by the database's clock, if it has one of its own.
    """
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
    later = ("channel", "reason", "created_at")
    due: Any = parameter(Delivery, "not_before")
    if by_its_clock:
        due = clock.shifted_database_now(Slot("wait", models.DurationField()))
    columns: dict[str, Any] = {
        "notification": models.F("pk"),
        "recipient": models.F("recipient_id"),
        **{name: constant(Delivery, name, value) for name, value in fixed.items()},
        **{name: parameter(Delivery, name) for name in later},
        "not_before": due,
    }
    return insertion(Delivery, rows, columns)
