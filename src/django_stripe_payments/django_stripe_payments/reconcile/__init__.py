"""Compare this site with Stripe, mend what differs, and report it.

``run`` is what ``manage.py stripe_sync`` and a periodic task call::

    from django_stripe_payments import reconcile

    report = reconcile.run()
    report.to_look_at  # what a person must look at, named by ids

Whatever is mended goes through the same code as a webhook: there is no second way in which state
is written.
"""

from .report import Finding, Report
from .run import STEPS, run

__all__ = ["STEPS", "Finding", "Report", "run"]
