"""A channel that is down is left alone for a while, by all dispatchers."""

import logging
from collections.abc import Generator, Iterable
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from .. import channels
from ..channels.base import Outcome, Outgoing
from ..conf import settings
from ..models import ChannelState

logger = logging.getLogger(__name__)


def outcomes_of(name: str, batch: Iterable[Outgoing]) -> Generator[Outcome | Exception]:
    """What a channel yields. What it raises itself is an outage of it, and comes as the last."""
    try:
        yield from channels.get(name).send_batch(batch)
    except Exception as error:  # of one channel: none of the others' business
        logger.exception("The channel %r failed.", name)
        note_failure(name, repr(error))
        yield error


def paused_until(channel: str, now: datetime | None = None) -> datetime | None:
    """Until when the channel is paused; None if it is not."""
    state = ChannelState.objects.filter(channel=channel, open_until__gt=now or timezone.now())
    return state.values_list("open_until", flat=True).first()


def note_failure(channel: str, error: str) -> None:
    """Count an outage; enough of them in a row pause the channel."""
    ChannelState.objects.bulk_create([ChannelState(channel=channel)], ignore_conflicts=True)
    states = ChannelState.objects.filter(channel=channel)
    states.update(failures=models.F("failures") + 1, error=error[:2000])
    pause = timedelta(seconds=settings.NOTIFICATION_BREAKER_SECONDS)
    tripped = states.filter(failures__gte=settings.NOTIFICATION_BREAKER_FAILURES)
    tripped.update(open_until=timezone.now() + pause)


def note_success(channel: str) -> None:
    ChannelState.objects.filter(channel=channel, failures__gt=0).update(failures=0, open_until=None)
