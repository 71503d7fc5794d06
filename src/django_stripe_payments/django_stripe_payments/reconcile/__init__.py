"""Compare this site with Stripe, fix what differs, and report it.

``run`` is what ``manage.py stripe_sync`` and a periodic task call::

    from django_stripe_payments import reconcile

    report = reconcile.run()
    report.needs_review  # what a person must decide, named by ids

Every fix goes through the same code as a webhook: there is no second way in which state is
written.
"""

from . import steps
from .report import Finding, Report
from .run import run

__all__ = ["Finding", "Report", "run", "steps"]
