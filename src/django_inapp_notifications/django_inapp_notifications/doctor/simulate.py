"""What would be delivered to a user in a period: quiet hours, digests and changes of clocks.

A day's worth of notifications is made up, the clock is turned from hour to hour, and everything
is rolled back at the end. Nothing is sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from django.db import router, transaction
from django.utils import timezone

from .. import types
from ..channels import outside_channels
from ..delivery.deliver import deliver_due
from ..delivery.digest_delivery import send_due_digests
from ..models import Delivery, Digest, Notification
from ..services import notify
from ..signals import delivery_failed, delivery_sent


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
    """Notify the user at a steady pace and list what would leave, and when."""
    types.get(notification_type)
    if every <= timedelta():
        raise ValueError("Time must pass between two notifications.")
    found: list[Simulated] = []
    using = router.db_for_write(Notification)
    with transaction.atomic(using=using), _channels_recorded(found):
        for moment in _moments(user, start, end, every):
            with mock.patch.object(timezone, "now", lambda moment=moment: moment):
                _deliver(user)
                if moment < end and (moment - start) % every == timedelta():
                    title = f"{moment:%Y-%m-%d %H:%M}"
                    notify(user, notification_type, title=title, delivery_methods=channels)
                    _deliver(user)
        transaction.set_rollback(True, using=using)
    return found


def _deliver(user: Any) -> None:
    deliver_due(recipient=user)
    send_due_digests(recipient=user)


def _moments(user: Any, start: datetime, end: datetime, every: timedelta) -> Iterator[datetime]:
    """The paces of the notifications, and each minute at which something became due since."""
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


class _channels_recorded:  # noqa: N801, used like a function
    """Channels that note what they would have sent, and receivers that hear nothing of it."""

    def __init__(self, found: list[Simulated]) -> None:
        self.found = found
        self.patches: list[Any] = []

    def __enter__(self) -> None:
        for name, channel in outside_channels().items():
            patch = mock.patch.object(channel, "send_batch", self._sender(name))
            patch.start()
            self.patches.append(patch)
        for signal in (delivery_sent, delivery_failed):
            patch = mock.patch.object(signal, "send_robust")
            patch.start()
            self.patches.append(patch)

    def __exit__(self, *args: object) -> None:
        for patch in self.patches:
            patch.stop()

    def _sender(self, name: str) -> Any:
        from ..channels.base import Outcome

        def send_batch(batch: Any) -> Any:
            for outgoing in batch:
                rows = Notification.objects.filter(pk__in=outgoing.notification_ids)
                made = list(rows.order_by("pk").values_list("created_at", flat=True))
                self.found.append(Simulated(timezone.now(), name, outgoing.title, made))
                yield Outcome(outgoing)

        return send_batch
