"""Wait when Stripe limits our calls. The SDK itself does not: it gives up on a 429."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from ..exceptions import StripeBusy

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds to wait after each refusal; together about two minutes.
DELAYS = (0.5, 1, 2, 4, 8, 16, 32, 60)

#: The longest wait that Stripe may ask for, in seconds. After a longer one the run ends, and the
#: next run resumes it. Far below ``runs.LEASE``, since a waiting process renews no heartbeat.
LONGEST = 120


def with_backoff(call: Callable[[], T]) -> T:
    """Return what ``call`` returns, repeated while Stripe is only busy.

    ``call`` must be safe to repeat. Raises StripeBusy if Stripe stays busy, or asks for a longer
    wait than LONGEST.
    """
    for delay in DELAYS:
        try:
            return call()
        except StripeBusy as busy:
            if busy.retry_after > LONGEST:
                raise
            # Jitter, so that processes that were refused together don't return together.
            seconds = max(busy.retry_after, delay) * random.uniform(1, 1.25)  # noqa: S311
            logger.info("Stripe limits our calls; waiting %.1f s", seconds)
            time.sleep(seconds)
    return call()
