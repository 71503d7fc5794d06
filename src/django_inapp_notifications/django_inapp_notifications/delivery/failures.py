"""What a failed attempt costs: the item its life, an attempt, or nothing but time."""

from dataclasses import dataclass
from datetime import timedelta

from .. import clock
from ..conf import settings
from ..exceptions import PermanentFailure, ProviderRefusal, TemporaryFailure
from ..leases import LONGEST_RETRY, retry_delay
from ..models import Delivery, Digest
from .breaker import note_refusal

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
    if is_run or isinstance(error, TemporaryFailure):
        age = clock.now() - (row.first_tried_at or clock.now())
        longest = LONGEST_RETRY if type(error) is TemporaryFailure else LONGEST_OUTAGE_RETRY
        # As long as it has lasted, so that the pauses double.
        pause = max(retry_delay(1), min(age, longest))
        return Verdict(age >= horizon(row.channel), pause, is_trouble=True)
    if isinstance(error, PermanentFailure):
        return Verdict(is_given_up=True)
    spent = row.attempts >= settings.NOTIFICATION_MAX_ATTEMPTS
    return Verdict(spent, retry_delay(row.attempts))


def horizon(channel: str) -> timedelta:
    """How long after its first try an item is given up if the channel's trouble lasts."""
    days = settings.NOTIFICATION_RETRY_DAYS
    return timedelta(days=days.get(channel, days.get("*", 2)))
