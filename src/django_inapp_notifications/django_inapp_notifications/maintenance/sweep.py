"""Do everything that is due. It makes a lost wake-up or a crash at any point harmless."""

import logging
from collections.abc import Callable
from functools import partial

from ..content.text import error_text
from ..delivery.deliver import deliver_due
from ..delivery.digest_delivery import send_due_digests
from ..delivery.digests import release_leftovers
from ..sending.later import write_due_recipients

logger = logging.getLogger(__name__)


#: What one step does before it is another's turn. A queue that fills as fast as it is emptied
#: must not keep the others from theirs.
TURN = 500


def sweep() -> dict[str, int]:
    """Write due recipients, and send due deliveries and digests; return how many of each.

    A step that fails does not stop the others; the first of these errors is raised at the end.
    """
    steps = _steps()
    done = dict.fromkeys(steps, 0)
    errors: list[Exception] = []
    while steps:
        for name, step in list(steps.items()):
            try:
                count = step()
            except Exception as error:  # of this step: it is raised when the others are done
                errors.append(error)
                logger.error("The sweep's step %r failed: %s", name, error_text(error))
                count = 0
            else:
                done[name] += count
            if count < TURN:
                del steps[name]
    if errors:
        raise errors[0]
    return done


def _steps() -> dict[str, Callable[[], int]]:
    return {
        "recipients": partial(write_due_recipients, limit=TURN),
        "leftovers": release_leftovers,
        "deliveries": partial(deliver_due, limit=TURN),
        "digests": partial(send_due_digests, limit=TURN),
    }
