"""A stateful Stripe on your machine, for tests, demos and development.

Plain Python on top of the standard library and the Stripe SDK; Django is not needed. It speaks the
API version of the installed SDK: customers, payment methods, payment and setup intents, charges,
refunds, disputes, early fraud warnings, balance transactions, files, events and webhooks, with
Stripe's test cards, idempotency keys, error objects, ``expand`` and cursor lists.

What it leaves out it refuses instead of pretending: unknown URLs and parameters, connected
accounts, confirmation tokens, and payment methods other than cards and US bank accounts. A few
parameters that change nothing but reports (``amount_details``, ``radar_options``, ``hooks``) are
taken and have no effect.
"""

from .sandbox import Sandbox

__all__ = ["Sandbox"]
