"""Requests per user, counted in the site's cache by atomic increments."""

from __future__ import annotations

import logging
import time
from math import ceil
from typing import Any

from django.core.cache import caches
from rest_framework.throttling import BaseThrottle

from ..conf import settings

logger = logging.getLogger(__name__)


class UserThrottle(BaseThrottle):
    """NOTIFICATION_API_LIMIT requests per minute and user; None sets no limit.

    Windows begin at whole minutes, so a client may send twice the limit around the start of one.
    While the cache is down there is no limit.
    """

    seconds = 60

    def allow_request(self, request: Any, view: Any) -> bool:
        limit = settings.NOTIFICATION_API_LIMIT
        if limit is None or not request.user.is_authenticated:
            return True
        window = int(time.time() // self.seconds)
        key = f"inapp_notifications:api:{request.user.pk}:{window}"
        return bool(self._count(key) <= limit)

    def wait(self) -> float:
        """Return the seconds until the next window begins."""
        return max(1, ceil(self.seconds - time.time() % self.seconds))

    def _count(self, key: str) -> int:
        try:
            cache = caches[settings.NOTIFICATION_CACHE or "default"]
            cache.add(key, 0, timeout=self.seconds)
            return cache.incr(key)
        # Any error of the cache's driver: reading notifications does no harm.
        except Exception as error:
            logger.error("The cache can't count requests, so no API limit applies: %r", error)
            return 0
