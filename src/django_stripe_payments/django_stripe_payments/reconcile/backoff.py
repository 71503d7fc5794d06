"""Wait when Stripe says that we ask too often. The SDK itself does not: it gives up on a 429."""

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

#: Seconds that Stripe may ask for; if it wants more, the run ends, and the next goes on. Far below
#: ``runs.LEASE``, as nothing is a sign of life meanwhile.
LONGEST = 120


def patiently(call: Callable[[], T]) -> T:
    """Return what ``call`` returns, tried again for as long as Stripe is only busy.

    Raises StripeBusy when it stays so, or when Stripe wants to be left alone for longer than
    LONGEST; ``call`` must be safe to repeat.
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
