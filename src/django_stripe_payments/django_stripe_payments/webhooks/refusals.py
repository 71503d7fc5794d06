"""How many deliveries were refused for their signature recently, counted in the site's cache.

With a wrong STRIPE_WEBHOOK_SECRET nothing is stored, so that a site without news and a site that
refuses all of them look alike in the database. They are not counted there: anybody may send
nonsense, and a forged request must not cost a write. The cache is the one that counts requests,
``STRIPE_RATE_LIMIT_CACHE``; one that is down, or is of one process alone, tells of none.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import caches

from ..conf import settings
from ..stripe_api.timestamps import from_timestamp

logger = logging.getLogger(__name__)

#: Seconds for which a refusal is remembered.
WINDOW = 3600

#: Seconds that are counted together: the window moves by so much.
STEP = 300

_PREFIX = "stripe_payments:refused_webhooks"


@dataclass(frozen=True, slots=True)
class Refusals:
    """What was refused in the last hour. ``last_at`` is None when nothing was."""

    count: int = 0
    last_at: datetime | None = None
    #: Whether the last one had a genuine signature of another time.
    is_off_time: bool = False


def count_one(*, is_off_time: bool = False) -> None:
    """Count one delivery whose signature fits no secret, or not the time. Never raises."""
    now = time.time()
    try:
        cache = _cache()
        key = _key(int(now) // STEP)
        cache.add(key, 0, timeout=WINDOW + STEP)
        cache.incr(key)
        cache.set(f"{_PREFIX}:last", now, timeout=WINDOW)
        cache.set(f"{_PREFIX}:off_time", is_off_time, timeout=WINDOW)
    except Exception as error:
        # Whatever a cache's driver raises: the answer to the delivery is the same without it.
        logger.warning("The cache does not count refused deliveries: %s", type(error).__name__)


def recent() -> Refusals:
    """Return what was refused in the last hour, to five minutes. Never raises."""
    current = int(time.time()) // STEP
    keys = [_key(current - back) for back in range(WINDOW // STEP)]
    try:
        found = _cache().get_many([*keys, f"{_PREFIX}:last", f"{_PREFIX}:off_time"])
        count = sum(int(found.get(key) or 0) for key in keys)
        last = found.get(f"{_PREFIX}:last")
        if not (count and last):
            return Refusals()
        is_off_time = bool(found.get(f"{_PREFIX}:off_time"))
        return Refusals(count, from_timestamp(float(last)), is_off_time)
    except Exception as error:
        logger.warning("The cache tells of no refused deliveries: %s", type(error).__name__)
        return Refusals()


def _cache() -> Any:
    return caches[settings.STRIPE_RATE_LIMIT_CACHE]


def _key(step: int) -> str:
    return f"{_PREFIX}:{step}"
