"""What the site's processes in the tests of killed reconciliations do."""

from typing import Any

from tests.payments.support import processes, site


def reconcile_and_die(point: str, after: int, steps: list[str] | None) -> None:
    """Reconcile page by page, and be killed at the named point when it comes up once more."""
    from unittest.mock import patch

    from django.conf import settings
    from django.utils.module_loading import import_string

    from django_stripe_payments import reconcile

    settings.STRIPE_SYNC_PAGE_SIZE = 2
    site.connect()
    real, passed = import_string(point), [0]

    def sometimes_killed(*args: Any, **kwargs: Any) -> Any:
        passed[0] += 1
        if passed[0] > after:
            processes.die()
        return real(*args, **kwargs)

    with patch(point, sometimes_killed):
        reconcile.run(steps=steps)


def reconcile_beside(barrier: Any) -> None:
    """Reconcile at the same moment as others; being refused is fine."""
    from django_stripe_payments import reconcile
    from django_stripe_payments.exceptions import SyncInProgress

    site.connect()
    barrier.wait()
    try:
        reconcile.run()
    except SyncInProgress:
        return


#: Where the process dies.
POINTS = [
    "django_stripe_payments.reconcile.runs.save",
    "django_stripe_payments.payments.apply._record_status_change",
    "django_stripe_payments.payments.apply.apply",
    "django_stripe_payments.refunds.apply.apply",
    "django_stripe_payments.payouts.items.store",
    "django_stripe_payments.facts.announce.take",
]
