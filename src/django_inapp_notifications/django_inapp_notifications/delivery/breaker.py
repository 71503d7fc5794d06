"""A channel that is down is left alone for a while, by all dispatchers."""

from datetime import datetime, timedelta

from django.db import models, router

from .. import clock
from ..conf import settings
from ..models import ChannelState


def paused_until(channel: str) -> datetime | None:
    """Until when the channel is paused, by the database's clock; None if it is not."""
    states = ChannelState.objects.filter(channel=channel)
    paused = states.filter(open_until__gt=clock.database_now(states.db))
    return paused.values_list("open_until", flat=True).first()


def note_failure(channel: str, error: str) -> None:
    """Count an outage; enough of them in a row pause the channel."""
    ChannelState.objects.bulk_create([ChannelState(channel=channel)], ignore_conflicts=True)
    states = ChannelState.objects.filter(channel=channel)
    states.update(failures=models.F("failures") + 1, error=error[:2000])
    pause = timedelta(seconds=settings.NOTIFICATION_BREAKER_SECONDS)
    tripped = states.filter(failures__gte=settings.NOTIFICATION_BREAKER_FAILURES)
    tripped.update(open_until=clock.database_now(router.db_for_write(ChannelState), pause))


def note_success(channel: str) -> None:
    ChannelState.objects.filter(channel=channel, failures__gt=0).update(failures=0, open_until=None)
