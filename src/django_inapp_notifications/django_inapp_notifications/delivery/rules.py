"""What happens to a delivery that is due: rules in order, the first that has an opinion decides.

Everything is looked at when it is due and not when it was written: people read, switch off, lose
access and go to sleep in between.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from .. import channels
from ..inbox.access import visible
from ..models import Delivery, Message, Notification, Place, Status
from ..preferences import Preferences, load
from ..quiet_hours import release
from ..types import NotificationType
from .breaker import paused_until

__all__ = ["RULES", "Case", "Decision", "cases", "decide"]


@dataclass(frozen=True)
class Decision:
    action: str  # "send", "skip", "defer" or "hold" (for a digest)
    rule: str
    until: datetime | None = None
    detail: str = ""


@dataclass(frozen=True)
class Case:
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
    #: Of the same type, user and channel: those of this batch that are about to be sent.
    ahead: int = 0

    @property
    def is_urgent(self) -> bool:
        return self.kind.urgent or self.message.priority == "urgent"


def cases(deliveries: Iterable[Delivery], now: datetime | None = None) -> list[Case]:
    """What the rules need for these deliveries; queries do not grow with their number."""
    ids = [delivery.pk for delivery in deliveries]
    rows = Delivery.objects.filter(pk__in=ids).select_related("notification__message", "recipient")
    found = list(rows.order_by("pk"))
    notifications = Notification.objects.with_content().in_bulk(
        {row.notification_id for row in found}
    )
    # Without what was erased between the two.
    found = [row for row in found if row.notification_id in notifications]
    preferences = load({row.recipient_id for row in found})
    may_see = _may_see(found, notifications)
    return [
        Case(
            delivery=row,
            notification=notifications[row.notification_id],
            message=notifications[row.notification_id].message,
            kind=notifications[row.notification_id].kind,
            user=row.recipient,
            preferences=preferences[row.recipient_id],
            may_see=may_see[row.notification_id],
            now=now or timezone.now(),
        )
        for row in found
    ]


def decide(case: Case) -> Decision:
    for rule in RULES:
        decision = rule(case)
        if decision is not None:
            return decision
    return Decision("send", "nothing_against_it")


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


def canceled(case: Case) -> Decision | None:
    return Decision("skip", "canceled") if case.message.canceled_at else None


def expired(case: Case) -> Decision | None:
    end = case.notification.expires_at
    return Decision("skip", "expired") if end is not None and end <= case.now else None


def no_account(case: Case) -> Decision | None:
    return None if getattr(case.user, "is_active", True) else Decision("skip", "inactive_user")


def deleted(case: Case) -> Decision | None:
    return Decision("skip", "deleted") if case.notification.place == Place.DELETED else None


def read(case: Case) -> Decision | None:
    """What was read needs no reminder; what is owed is sent all the same."""
    if case.notification.is_read and not case.kind.transactional:
        return Decision("skip", "read")
    return None


def no_channel(case: Case) -> Decision | None:
    channel = channels.all_channels().get(case.delivery.channel)
    if channel is None:  # a later release of the site removed it
        return Decision("skip", "no_channel")
    return None if channel.can_reach(case.user) else Decision("skip", "no_address")


def preference(case: Case) -> Decision | None:
    wanted, why = case.preferences.verdict(case.kind, case.delivery.channel, case.message.channels)
    return None if wanted else Decision("skip", why)


def muted_object(case: Case) -> Decision | None:
    target = (case.message.target_model, case.message.target_key)
    muted = target in case.preferences.muted_objects and not case.kind.locked
    return Decision("skip", "muted_object") if muted else None


def access(case: Case) -> Decision | None:
    if isinstance(case.may_see, Exception):
        raise case.may_see
    return None if case.may_see else Decision("skip", "no_access")


def throttle(case: Case) -> Decision | None:
    limit = case.kind.throttle
    if limit is None or case.is_urgent:
        return None
    sent = Delivery.objects.filter(
        recipient_id=case.user.pk,
        channel=case.delivery.channel,
        status=Status.SENT,
        notification__type=case.kind.slug,
        sent_at__gt=case.now - limit.period,
    )
    over = sent.count() + case.ahead >= limit.limit
    return Decision("skip", "throttled") if over else None


def channel_paused(case: Case) -> Decision | None:
    until = paused_until(case.delivery.channel, case.now)
    return Decision("defer", "channel_paused", until) if until else None


def digest(case: Case) -> Decision | None:
    frequency = case.preferences.frequency(case.delivery.channel)
    channel = channels.all_channels()[case.delivery.channel]
    if not frequency or not channel.digests or not case.kind.digestible:
        return None
    if case.is_urgent or case.kind.transactional:
        return None
    return Decision("hold", "digest", detail=frequency)


def quiet_hours(case: Case) -> Decision | None:
    quiet = case.preferences.quiet
    if quiet is None or case.is_urgent:
        return None
    until = release(quiet, case.now)
    return Decision("defer", "quiet_hours", until) if until else None


Rule = Callable[[Case], Decision | None]

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
    throttle,
    digest,
    quiet_hours,
    channel_paused,
]
#: What is asked again of each item when its digest leaves.
DIGEST_RULES: list[Rule] = RULES[: RULES.index(throttle)]
