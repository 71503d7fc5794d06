"""The facts that this app announces. Connect to them like to any Django signal.

Each signal reaches each receiver once per fact, however many events, page reloads or sweeps
say so. A receiver runs in a transaction of its own: what it writes to the database commits
together with the mark that it has run, so its effect there is exactly once. What it does
outside the database (an e-mail, an HTTP call) is at least once.

A receiver that raises is recorded with its traceback and tried again later, alone. It undoes
nothing but its own work: the payment's state is committed before any receiver runs.

Every receiver also gets ``signal``, ``sender``, ``fact`` (models.Fact) and ``event``
(models.WebhookEvent, or None when we learned of it without one), so accept ``**kwargs``.
"""

from .receivers import FactSignal

#: The money arrived. Sent once per payment. Provides: payment (models.Payment).
payment_succeeded = FactSignal()

#: An attempt to pay failed, and the same payment can be tried again. Sent once per failed
#: attempt; not sent any more when the payment has succeeded or was canceled meanwhile.
#: Provides: payment, with failure_code and failure_message.
payment_failed = FactSignal()

#: The payment was canceled and can't be paid any more. Provides: payment.
payment_canceled = FactSignal()

#: The customer did everything, and the bank takes its time: hours, for debits days. It may
#: still fail. Provides: payment.
payment_processing = FactSignal()

#: The customer must authenticate with the bank (3-D Secure). Provides: payment.
payment_requires_action = FactSignal()

#: Stripe delivered an event, of a type that this app knows or not. Sent once per event, after
#: it was applied. Provides: event (models.WebhookEvent).
webhook_received = FactSignal()
