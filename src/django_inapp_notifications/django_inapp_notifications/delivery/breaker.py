"""A channel that is down is left alone for a while, by all dispatchers."""

import re
from datetime import datetime, timedelta

from django.db import models, router

from .. import clock
from ..conf import settings
from ..content.text import error_text
from ..database.deadlocks import retry_on_deadlock
from ..database.primary import on_primary
from ..models import ChannelState

# What differs from one item to the next in equal answers: addresses, and ids of the provider.
_VARIABLE = re.compile(r"\S*@\S*|\S*\d{4,}\S*")


def paused_until(channel: str) -> datetime | None:
    """Until when the channel is paused, by the database's clock; None if it is not."""
    states = on_primary(ChannelState).filter(channel=channel)
    paused = states.filter(open_until__gt=clock.database_now(states.db))
    return paused.values_list("open_until", flat=True).first()


def note_failure(channel: str, error: Exception) -> None:
    """Count an outage; enough of them in a row pause the channel."""
    ChannelState.objects.bulk_create([ChannelState(channel=channel)], ignore_conflicts=True)
    states = ChannelState.objects.filter(channel=channel)
    states.update(failures=models.F("failures") + 1, error=error_text(error))
    _trip(states)


def note_refusal(channel: str, error: Exception) -> bool:
    """Count an item that the provider refused for good; return whether it is one of a run.

    Enough equal answers in a row pause the channel: they are about the site, not about an item.
    """
    words = essence(error_text(error))
    ChannelState.objects.bulk_create([ChannelState(channel=channel)], ignore_conflicts=True)
    states = ChannelState.objects.filter(channel=channel)
    if not states.filter(error=words, failures__gt=0).update(failures=models.F("failures") + 1):
        since = clock.database_now(router.db_for_write(ChannelState))
        states.update(failures=1, error=words, failing_since=since)
    return _trip(states)


def essence(text: str) -> str:
    """What is the same in equal answers about different items."""
    return _VARIABLE.sub("…", text)


def _trip(states: models.QuerySet[ChannelState]) -> bool:
    pause = timedelta(seconds=settings.NOTIFICATION_BREAKER_SECONDS)
    tripped = states.filter(failures__gte=settings.NOTIFICATION_BREAKER_FAILURES)
    until = clock.database_now(router.db_for_write(ChannelState), pause)
    return bool(tripped.update(open_until=until))


def note_success(channel: str) -> None:
    failing = ChannelState.objects.filter(channel=channel, failures__gt=0)
    using = router.db_for_write(ChannelState)
    retry_on_deadlock(using, lambda: failing.update(failures=0, open_until=None))
