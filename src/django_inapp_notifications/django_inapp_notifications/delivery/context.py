"""What the rules look at when a delivery is due, fetched for many deliveries at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import router

from .. import clock
from ..inbox.access import visible
from ..models import Delivery, Message, Notification
from ..preferences import Preferences, load
from ..types import NotificationType
from .breaker import paused_until


@dataclass(frozen=True)
class DeliveryContext:
    """All that the rules look at, fetched beforehand."""

    delivery: Delivery
    notification: Notification
    message: Message
    kind: NotificationType
    user: Any
    preferences: Preferences
    #: Or what the type's access function raised when it was asked.
    may_see: bool | Exception
    now: datetime
    #: Until when its channel is left alone, if it is.
    paused_until: datetime | None
    #: Of the same type, user and channel: those of this batch that are about to be sent.
    ahead: int = 0

    @property
    def is_urgent(self) -> bool:
        return self.kind.urgent or self.message.priority == "urgent"


def load_contexts(
    deliveries: Iterable[Delivery], now: datetime | None = None
) -> list[DeliveryContext]:
    """What the rules need for these deliveries; queries do not grow with their number."""
    ids = [delivery.pk for delivery in deliveries]
    # From where they are written: a replica may not have them yet.
    using = router.db_for_write(Delivery)
    rows = Delivery.objects.using(using).filter(pk__in=ids)
    # No join: PostgreSQL would plan it by statistics that cannot know of rows just written.
    found = list(rows.order_by("pk"))
    users = get_user_model()._base_manager.using(using).in_bulk({row.recipient_id for row in found})
    notifications = (
        Notification.objects.using(using)
        .with_content()
        .in_bulk({row.notification_id for row in found})
    )
    # Without what was erased between these.
    found = [
        row for row in found if row.notification_id in notifications and row.recipient_id in users
    ]
    for row in found:
        row.notification = notifications[row.notification_id]
        row.recipient = users[row.recipient_id]
    preferences = load({row.recipient_id for row in found})
    may_see = _may_see(found, notifications)
    paused = {channel: paused_until(channel) for channel in {row.channel for row in found}}
    return [
        DeliveryContext(
            delivery=row,
            notification=row.notification,
            message=row.notification.message,
            kind=row.notification.kind,
            user=row.recipient,
            preferences=preferences[row.recipient_id],
            may_see=may_see[row.notification_id],
            now=now or clock.now(),
            paused_until=paused[row.channel],
        )
        for row in found
    ]


def _may_see(
    rows: list[Delivery], notifications: dict[int, Notification]
) -> dict[int, bool | Exception]:
    by_user: dict[Any, tuple[Any, list[Notification]]] = {}
    for row in rows:
        entry = by_user.setdefault(row.recipient_id, (row.recipient, []))
        entry[1].append(notifications[row.notification_id])
    found: dict[int, bool | Exception] = {}
    for user, own in by_user.values():
        found |= _ask_access(user, own)
    return found


def _ask_access(user: Any, own: list[Notification]) -> dict[int, bool | Exception]:
    """All at once; if a type's function fails, one by one, so that it stops only its own."""
    try:
        seen = {each.pk for each in visible(user, own)}
    except Exception as error:
        if len(own) == 1:
            return {own[0].pk: error}
        return {pk: answer for each in own for pk, answer in _ask_access(user, [each]).items()}
    return {each.pk: each.pk in seen for each in own}
