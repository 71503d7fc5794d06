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


def patiently(call: Callable[[], T]) -> T:
    """Return what ``call`` returns, tried again for as long as Stripe is only busy.

    Raises StripeBusy when it stays so; ``call`` must be safe to repeat.
    """
    for delay in DELAYS:
        try:
            return call()
        except StripeBusy:
            # Jitter, so that processes that were refused together don't return together.
            seconds = delay * random.uniform(0.75, 1.25)  # noqa: S311
            logger.info("Stripe limits our calls; waiting %.1f s", seconds)
            time.sleep(seconds)
    return call()
