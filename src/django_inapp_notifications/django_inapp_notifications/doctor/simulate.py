"""What would be delivered to a user in a period, with quiet hours, digests and clock changes.

Notifications are created at a steady pace while the clock advances step by step, and everything
is rolled back at the end. Nothing is sent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import router, transaction

from .. import clock, types
from ..channels.base import Outcome, Outgoing
from ..delivery.deliver import deliver_due
from ..delivery.digest_delivery import send_due_digests
from ..delivery.outlet import Outlet
from ..models import Delivery, Digest, Notification
from ..services import notify


@dataclass(frozen=True)
class Simulated:
    at: datetime
    channel: str
    title: str
    notified_at: list[datetime]


def simulate(
    user: Any,
    start: datetime,
    end: datetime,
    *,
    notification_type: str,
    every: timedelta = timedelta(hours=1),
    channels: list[str] | None = None,
) -> list[Simulated]:
    """Notify the user at a steady pace, and return what would be sent and when.

    Raises UnknownType, and ValueError unless `every` is positive.
    """
    types.get(notification_type)
    if every <= timedelta():
        raise ValueError("The time between two notifications must be positive.")
    using, outlet = router.db_for_write(Notification), RecordingOutlet()
    with transaction.atomic(using=using):
        for moment in _moments(user, start, end, every):
            with clock.frozen(moment):
                _deliver(user, outlet)
                if moment < end and (moment - start) % every == timedelta():
                    title = f"{moment:%Y-%m-%d %H:%M}"
                    notify(user, notification_type, title=title, delivery_methods=channels)
                    _deliver(user, outlet)
        transaction.set_rollback(True, using=using)
    return outlet.sent


def _deliver(user: Any, outlet: Outlet) -> None:
    deliver_due(recipient=user, outlet=outlet)
    send_due_digests(recipient=user, outlet=outlet)


def _moments(user: Any, start: datetime, end: datetime, every: timedelta) -> Iterator[datetime]:
    """The moment of each notification, and each moment in between at which something is due."""
    moment = start.astimezone(UTC)
    while moment <= end:
        yield moment
        following = moment + every
        yield from _due_between(user, moment, min(following, end))
        moment = following


def _due_between(user: Any, after: datetime, before: datetime) -> Iterator[datetime]:
    while True:
        rows: list[Any] = [Delivery.objects, Digest.objects]
        times = [
            row.filter(recipient=user, status="pending")
            .filter(not_before__gt=after, not_before__lt=before)
            .order_by("not_before")
            .values_list("not_before", flat=True)
            .first()
            for row in rows
        ]
        due = min((each for each in times if each is not None), default=None)
        if due is None:
            return
        yield due
        after = due


class RecordingOutlet(Outlet):
    """Records what each channel would have sent, and when. Receivers of signals are not called."""

    def __init__(self) -> None:
        self.sent: list[Simulated] = []

    def send(self, channel: str, batch: Iterable[Outgoing]) -> Iterator[Outcome]:
        for outgoing in batch:
            rows = Notification.objects.filter(pk__in=outgoing.notification_ids).order_by("pk")
            notified_at = list(rows.values_list("created_at", flat=True))
            self.sent.append(Simulated(clock.now(), channel, outgoing.title, notified_at))
            yield Outcome(outgoing)

    def report_sent(self, delivery: Delivery) -> None:
        return None

    def report_failed(self, delivery: Delivery, error: str) -> None:
        return None
