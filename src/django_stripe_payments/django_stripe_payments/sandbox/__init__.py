"""A stateful Stripe on your machine, for tests, demos and development.

Plain Python on top of the standard library and the Stripe SDK; Django is not needed. It speaks the
API version of the installed SDK: customers, payment methods, payment and setup intents, charges,
refunds, disputes, early fraud warnings, the balance and its transactions, files, events and
webhooks, with Stripe's test cards, idempotency keys, error objects, ``expand``, cursor lists and
simple searches.

It refuses what it does not play instead of pretending: unknown URLs, connected accounts, payment
methods other than cards and US bank accounts, and every parameter that the route does not declare
in ``reads``. The error of such a parameter has the code ``sandbox_unsupported_parameter``.
"""

from .sandbox import Sandbox

__all__ = ["Sandbox"]
