"""Many notifications as one: held back until the user's own hour, then claimed and sent once.

A digest is the row of one user, channel and local period, held unique by the database. What it
contains is fixed when it is claimed; what comes later belongs to the next one.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connections, models, router, transaction
from django.utils import timezone
from django.utils.translation import ngettext

from . import channels
from .channels.base import Outgoing
from .conf import settings
from .content import in_language, title_of
from .exceptions import PermanentFailure
from .links import absolute_link
from .models import Delivery, Digest, NotificationSettings, Status
from .outbox import Hold, claim, finish, retry_at
from .preferences import Preferences
from .quiet_hours import instant, release, zone_of
from .rules import DIGEST_RULES, Case, cases

__all__ = ["due_times", "hold", "release_leftovers", "resend", "send_due_digests"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hold(case: Case, frequency: str, lease: uuid.UUID) -> None:
    """Give a delivery to the first digest of its user that is still open."""
    using = router.db_for_write(Digest)
    for period, due in due_times(case.preferences, frequency, case.now):
        with transaction.atomic(using=using):
            digest, _ = Digest.objects.using(using).get_or_create(
                recipient_id=case.user.pk,
                channel=case.delivery.channel,
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
                finish(case.delivery, lease, attempts=models.F("attempts") - 1, **held)
                return


def due_times(
    preferences: Preferences, frequency: str, now: datetime
) -> Iterator[tuple[str, datetime]]:
    """The periods that end after `now` and when their digests leave, in UTC, without end.

    One that would leave in quiet hours leaves at their end.
    """
    for period, due in _periods(preferences.settings, frequency, now.astimezone(UTC)):
        quiet = preferences.quiet
        yield period, (release(quiet, due) if quiet else None) or due


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


def send_due_digests(limit: int | None = None) -> int:
    """Send the digests that are due and return their number."""
    handled = 0
    while limit is None or handled < limit:
        pending = Digest.objects.filter(status=Status.PENDING)
        lease, claimed = claim(pending, settings.NOTIFICATION_BATCH_SIZE)
        if not claimed:
            break
        held = Hold(lease, claimed)
        for digest in filter(held.keeps, claimed):
            try:
                _send(digest, lease)
            except Exception as error:  # of this digest: none of the others' business
                _note_failure(digest, error, lease, members=[])
        handled += len(claimed)
    return handled


def resend(digests: models.QuerySet[Digest]) -> int:
    """Make digests that were given up due again, with their deliveries; return their number."""
    using = router.db_for_write(Digest)
    with transaction.atomic(using=using):
        failed = digests.using(using).filter(status=Status.FAILED)
        ids = list(failed.values_list("pk", flat=True))
        # The token keeps the door closed: what comes now belongs to the next one.
        Digest.objects.using(using).filter(pk__in=ids).update(
            status=Status.PENDING, attempts=0, lease=uuid.uuid4(), not_before=timezone.now()
        )
        members = Delivery.objects.using(using).filter(digest_id__in=ids, status=Status.FAILED)
        members.update(status=Status.HELD)
    return len(ids)


def release_leftovers() -> int:
    """Deliveries of a digest that left without them go on their own way again."""
    left = Delivery.objects.filter(status=Status.HELD).exclude(digest__status=Status.PENDING)
    return left.update(status=Status.PENDING, digest=None, not_before=timezone.now())


def _send(digest: Digest, lease: uuid.UUID) -> None:
    if digest.attempts > settings.NOTIFICATION_MAX_ATTEMPTS:
        raise RuntimeError("Each process that tried it ended before it was done.")
    members = _members(digest)
    if not members:
        finish(digest, lease, status=Status.SKIPPED)
        return
    channel = channels.all_channels().get(digest.channel)
    if channel is None:
        finish(digest, lease, status=Status.SKIPPED, error="The channel is gone.")
        return
    (outcome,) = list(channel.send_batch([_outgoing(digest, members)]))
    if outcome.error is None:
        now = timezone.now()
        with transaction.atomic(using=router.db_for_write(Digest)):
            if finish(digest, lease, status=Status.SENT, sent_at=now):
                ids = [case.delivery.pk for case in members]
                sent = Delivery.objects.filter(pk__in=ids, status=Status.HELD)
                sent.update(status=Status.SENT, sent_at=now)
        return
    _note_failure(digest, outcome.error, lease, members)


def _note_failure(
    digest: Digest, failure: Exception, lease: uuid.UUID, members: list[Case]
) -> None:
    error = f"{type(failure).__name__}: {failure}"[:2000]
    given_up = digest.attempts >= settings.NOTIFICATION_MAX_ATTEMPTS
    if given_up or isinstance(failure, PermanentFailure):
        with transaction.atomic(using=router.db_for_write(Digest)):
            if finish(digest, lease, status=Status.FAILED, error=error):
                ids = [case.delivery.pk for case in members]
                lost = Delivery.objects.filter(pk__in=ids, status=Status.HELD)
                lost.update(status=Status.FAILED, error=error)
    else:
        # The lease stays, and with it the door closed: what comes now belongs to the next one.
        finish(digest, lease, keep=True, not_before=retry_at(digest.attempts), error=error)


def _members(digest: Digest) -> list[Case]:
    """What the digest has to say: its deliveries, each asked again; unwanted ones are skipped."""
    members = []
    for case in cases(Delivery.objects.filter(digest=digest, status=Status.HELD)):
        against = next(filter(None, (rule(case) for rule in DIGEST_RULES)), None)
        if against is None:
            members.append(case)
        else:
            skipped = Delivery.objects.filter(pk=case.delivery.pk)
            skipped.update(status=Status.SKIPPED, reason=against.rule)
    return members


def _outgoing(digest: Digest, members: list[Case]) -> Outgoing:
    from django.urls import reverse

    from .delivery import stable_key

    user = members[0].user
    with in_language(user):
        title = ngettext("%(n)s new notification", "%(n)s new notifications", len(members))
        lines = [f"- {title_of(case.message)}" for case in members]
        return Outgoing(
            user=user,
            title=title % {"n": len(members)},
            text="\n".join(lines),
            link=absolute_link(reverse("django_inapp_notifications:list")),
            key=stable_key("digest", digest.pk),
            messages=[case.message for case in members],
            notification_ids=[case.notification.pk for case in members],
            is_digest=True,
        )
