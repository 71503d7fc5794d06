"""What a failed attempt costs: the item its life, an attempt, or nothing but time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import models, router

from .. import clock
from ..conf import settings
from ..exceptions import PermanentFailure, ProviderRefusal, TemporaryFailure
from ..leases import LONGEST_RETRY, retry_delay
from ..models import ChannelState, Delivery, Digest, Status
from .breaker import essence, note_refusal
from .digests import resend

# The breaker already spares a channel that is down; what was tried of it need not wait for long.
LONGEST_OUTAGE_RETRY = timedelta(minutes=15)


@dataclass(frozen=True)
class Verdict:
    """What becomes of an item that failed."""

    is_given_up: bool
    #: How long it waits, unless it is given up.
    after: timedelta = timedelta()
    #: Whether it was the channel: that costs no attempt.
    is_trouble: bool = False


def judge(row: Delivery | Digest, error: Exception) -> Verdict:
    """Distinguish an outage of the channel from the failure of one item."""
    is_run = isinstance(error, ProviderRefusal) and note_refusal(row.channel, error)
    if is_run:
        restore_run(row.channel)
    if is_run or isinstance(error, TemporaryFailure):
        age = clock.now() - (row.first_tried_at or clock.now())
        longest = LONGEST_RETRY if type(error) is TemporaryFailure else LONGEST_OUTAGE_RETRY
        # As long as it has lasted, so that the pauses double.
        pause = max(retry_delay(1), min(age, longest), asked_pause(error))
        return Verdict(age >= horizon(row.channel), pause, is_trouble=True)
    if isinstance(error, PermanentFailure):
        return Verdict(is_given_up=True)
    spent = row.attempts >= settings.NOTIFICATION_MAX_ATTEMPTS
    return Verdict(spent, retry_delay(row.attempts))


def asked_pause(error: Exception) -> timedelta:
    """How long the provider asks to wait, within reason."""
    return min(timedelta(seconds=getattr(error, "retry_after", 0)), LONGEST_RETRY)


def restore_run(channel: str) -> int:
    """Put back what was given up before a run of equal refusals was known to be one.

    Its receivers of delivery_failed were called already. Return the number of items.
    """
    using = router.db_for_write(ChannelState)
    state = ChannelState.objects.using(using).filter(channel=channel).first()
    if state is None or state.failing_since is None:
        return 0
    # Starting an item set its not_before to the end of a lease, so it is later than the attempt.
    lost = {"channel": channel, "status": Status.FAILED, "not_before__gte": state.failing_since}
    digests = _alike(Digest.objects.using(using).filter(**lost), state.error)
    alone = Delivery.objects.using(using).filter(**lost, digest=None)
    deliveries = _alike(alone, state.error)
    again = {"status": Status.PENDING, "reason": "channel_down", "attempts": 0, "lease": None}
    due = clock.database_now(using, retry_delay(1))
    count = alone.filter(pk__in=deliveries).update(**again, not_before=due)
    return count + resend(Digest.objects.filter(pk__in=digests))


def _alike(rows: "models.QuerySet[Any]", words: str) -> list[int]:
    """Those of the rows that were given up with these words."""
    found = rows.values_list("pk", "error")
    return [pk for pk, error in found if essence(error) == words]


def horizon(channel: str) -> timedelta:
    """How long after its first try an item is given up if the channel's trouble lasts."""
    days = settings.NOTIFICATION_RETRY_DAYS
    return timedelta(days=days.get(channel, days.get("*", 2)))
