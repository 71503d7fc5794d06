"""Do everything that is due. It makes a lost wake-up or a crash at any point harmless."""

import logging
from collections.abc import Callable

from ..content.text import error_text
from ..delivery.deliver import deliver_due
from ..delivery.digest_delivery import send_due_digests
from ..delivery.digests import release_leftovers
from ..sending.later import write_due_recipients

logger = logging.getLogger(__name__)


def sweep() -> dict[str, int]:
    """Write due recipients, and send due deliveries and digests; return how many of each.

    A step that fails does not stop the others; the first of these errors is raised at the end.
    """
    done: dict[str, int] = {}
    errors: list[Exception] = []
    for name, step in _steps().items():
        try:
            done[name] = step()
        except Exception as error:  # of this step: it is raised when the others are done
            errors.append(error)
            logger.error("The sweep's step %r failed: %s", name, error_text(error))
    if errors:
        raise errors[0]
    return done


def _steps() -> dict[str, Callable[[], int]]:
    return {
        "recipients": write_due_recipients,
        "leftovers": release_leftovers,
        "deliveries": deliver_due,
        "digests": send_due_digests,
    }
