"""Many notifications as one: held back until the user's own hour, then claimed and sent once.

A digest is the row of one user, channel and local period, held unique by the database. What it
contains is fixed when it is claimed; what comes later belongs to the next one.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connections, models, router, transaction

from .. import clock
from ..leases import finish
from ..models import Delivery, Digest, NotificationSettings, Status
from ..preferences import Preferences
from ..quiet_hours import instant, release, zone_of
from .context import DeliveryContext

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def add_to_digest(
    context: DeliveryContext, frequency: str, lease: uuid.UUID, **values: Any
) -> None:
    """Give a delivery, with these values, to the first digest of its user that is still open."""
    using = router.db_for_write(Digest)
    for period, due in due_times(context.preferences, frequency, context.now):
        with transaction.atomic(using=using):
            digest, _ = Digest.objects.using(using).get_or_create(
                recipient_id=context.user.pk,
                channel=context.delivery.channel,
                frequency=frequency,
                period=period,
                defaults={"not_before": due},
            )
            still_open = Digest.objects.using(using).filter(
                pk=digest.pk, status=Status.PENDING, lease=None
            )
            if connections[using].features.has_select_for_update:
                still_open = still_open.select_for_update()
            if still_open.exists():
                held: dict[str, Any] = {"status": Status.HELD, "digest": digest, "reason": "digest"}
                finish(context.delivery, lease, **held, **values)
                return


def due_times(
    preferences: Preferences, frequency: str, now: datetime
) -> Iterator[tuple[str, datetime]]:
    """The periods that end after `now` and when their digests leave, without end.

    One that would leave in quiet hours leaves at their end.
    """
    start = clock.as_aware(now).astimezone(UTC)
    for period, due in _periods(preferences.settings, frequency, start):
        quiet = preferences.quiet
        yield period, (release(quiet, due) if quiet else None) or clock.as_stored(due)


def _periods(
    own: NotificationSettings, frequency: str, now: datetime
) -> Iterator[tuple[str, datetime]]:
    if frequency == "hourly":  # the same hours everywhere, whatever clocks do
        due = now.replace(minute=0, second=0, microsecond=0)
        while True:
            due += HOUR
            yield due.strftime("%Y-%m-%dT%HZ"), due
    day: date = now.astimezone(zone_of(own.time_zone)).date()
    while True:
        due = instant(datetime.combine(day, time(own.digest_hour)), zone_of(own.time_zone))
        right_day = frequency != "weekly" or day.weekday() == own.digest_weekday
        if right_day and due > now:
            yield day.isoformat(), due
        day += DAY


def resend(digests: models.QuerySet[Digest]) -> int:
    """Make digests that were given up due again, with their deliveries; return their number."""
    using = router.db_for_write(Digest)
    with transaction.atomic(using=using):
        failed = digests.using(using).filter(status=Status.FAILED)
        ids = list(failed.values_list("pk", flat=True))
        # The token keeps the door closed: what comes now belongs to the next one.
        Digest.objects.using(using).filter(pk__in=ids).update(
            status=Status.PENDING,
            attempts=0,
            first_tried_at=None,
            lease=uuid.uuid4(),
            not_before=clock.database_now(using),
        )
        members = Delivery.objects.using(using).filter(digest_id__in=ids, status=Status.FAILED)
        members.update(status=Status.HELD)
    return len(ids)


def release_leftovers() -> int:
    """Deliveries of a digest that left without them go on their own way again."""
    using = router.db_for_write(Delivery)
    held = Delivery.objects.using(using).filter(status=Status.HELD)
    left = held.exclude(digest__status=Status.PENDING)
    due = clock.database_now(using)
    return left.update(status=Status.PENDING, digest=None, not_before=due)
