"""What happens to a delivery that is due: rules in order, the first that has an opinion decides.

Everything is looked at when it is due and not when it was written: people read, switch off, lose
access and go to sleep in between.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, router

from .. import channels, clock
from ..inbox.access import visible
from ..models import Delivery, Folder, Message, Notification, Status
from ..preferences import Preferences, load
from ..quiet_hours import release
from ..types import NotificationType
from .breaker import paused_until


class Action(StrEnum):
    """What happens to a delivery that is due."""

    SEND = "send"
    #: It is no longer wanted.
    SKIP = "skip"
    #: It waits until a moment that is known.
    DEFER = "defer"
    #: It becomes a line of a digest.
    DIGEST = "digest"


@dataclass(frozen=True)
class Decision:
    action: Action
    rule: str
    until: datetime | None = None
    detail: str = ""


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


def decide(context: DeliveryContext) -> Decision:
    for rule in RULES:
        decision = rule(context)
        if decision is not None:
            return decision
    return Decision(Action.SEND, "nothing_against_it")


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


def canceled(context: DeliveryContext) -> Decision | None:
    return Decision(Action.SKIP, "canceled") if context.message.canceled_at else None


def expired(context: DeliveryContext) -> Decision | None:
    end = context.notification.expires_at
    return Decision(Action.SKIP, "expired") if end is not None and end <= context.now else None


def no_account(context: DeliveryContext) -> Decision | None:
    return (
        None if getattr(context.user, "is_active", True) else Decision(Action.SKIP, "inactive_user")
    )


def deleted(context: DeliveryContext) -> Decision | None:
    return (
        Decision(Action.SKIP, "deleted") if context.notification.folder == Folder.DELETED else None
    )


def read(context: DeliveryContext) -> Decision | None:
    """A read notification needs no reminder. Transactional ones are sent anyway."""
    if context.notification.is_read and not context.kind.transactional:
        return Decision(Action.SKIP, "read")
    return None


def no_channel(context: DeliveryContext) -> Decision | None:
    channel = channels.all_channels().get(context.delivery.channel)
    if channel is None:  # a later release of the site removed it
        return Decision(Action.SKIP, "no_channel")
    return None if channel.can_reach(context.user) else Decision(Action.SKIP, "no_address")


def preference(context: DeliveryContext) -> Decision | None:
    wanted, why = context.preferences.verdict(
        context.kind, context.delivery.channel, context.message.channels
    )
    if not wanted and pause_end(context) is not None and digest(context) is not None:
        return None  # the digest waits for the end of the pause
    return None if wanted else Decision(Action.SKIP, why)


def pause_end(context: DeliveryContext) -> datetime | None:
    """When the pause ends that this user set; None if it is over, for good, or does not apply."""
    _, why = context.preferences.verdict(
        context.kind, context.delivery.channel, context.message.channels
    )
    return context.preferences.paused_until if why == "muted" else None


def muted_object(context: DeliveryContext) -> Decision | None:
    target = (context.message.target_model, context.message.target_key)
    muted = target in context.preferences.muted_objects and not context.kind.locked
    return Decision(Action.SKIP, "muted_object") if muted else None


def access(context: DeliveryContext) -> Decision | None:
    if isinstance(context.may_see, Exception):
        raise context.may_see
    return None if context.may_see else Decision(Action.SKIP, "no_access")


def throttle(context: DeliveryContext) -> Decision | None:
    limit = context.kind.throttle
    if limit is None or context.is_urgent:
        return None
    rows = Delivery.objects.using(router.db_for_write(Delivery)).filter(
        recipient_id=context.user.pk,
        channel=context.delivery.channel,
        status=Status.SENT,
        notification__type=context.kind.slug,
        sent_at__gt=context.now - limit.period,
    )
    # A digest is one mail, however many it holds.
    alone = models.Count("pk", filter=models.Q(digest=None))
    sent = rows.aggregate(alone=alone, digests=models.Count("digest", distinct=True))
    over = sent["alone"] + sent["digests"] + context.ahead >= limit.limit
    return Decision(Action.SKIP, "throttled") if over else None


def channel_paused(context: DeliveryContext) -> Decision | None:
    until = context.paused_until
    return Decision(Action.DEFER, "channel_paused", until) if until else None


def digest(context: DeliveryContext) -> Decision | None:
    frequency = context.preferences.frequency(context.delivery.channel)
    channel = channels.all_channels()[context.delivery.channel]
    if not frequency or not channel.digests or not context.kind.digestible:
        return None
    if context.is_urgent or context.kind.transactional:
        return None
    return Decision(Action.DIGEST, "digest", detail=frequency)


def quiet_hours(context: DeliveryContext) -> Decision | None:
    quiet = context.preferences.quiet
    if quiet is None or context.is_urgent:
        return None
    until = release(quiet, context.now)
    return Decision(Action.DEFER, "quiet_hours", until) if until else None


Rule = Callable[[DeliveryContext], Decision | None]

RULES: list[Rule] = [
    canceled,
    expired,
    no_account,
    deleted,
    read,
    no_channel,
    preference,
    muted_object,
    access,
    digest,
    throttle,
    quiet_hours,
    channel_paused,
]
#: What is asked again of each item when its digest leaves.
DIGEST_RULES: list[Rule] = RULES[: RULES.index(digest)]
