"""Do everything that is due. It makes a lost wake-up or a crash at any point harmless."""

from ..delivery.deliver import deliver_due
from ..delivery.digest_delivery import send_due_digests
from ..delivery.digests import release_leftovers
from ..sending.later import write_due_recipients


def sweep() -> dict[str, int]:
    """Write due recipients, and send due deliveries and digests; return how many of each."""
    return {
        "recipients": write_due_recipients(),
        "leftovers": release_leftovers(),
        "deliveries": deliver_due(),
        "digests": send_due_digests(),
    }
