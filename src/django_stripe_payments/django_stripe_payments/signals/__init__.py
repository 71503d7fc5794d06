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

from .base import FactSignal

#: The money arrived. Sent once per payment. Provides: payment (models.Payment).
payment_succeeded = FactSignal()

#: The bank has reserved the money of a payment with ``capture_method="manual"``: it can be taken,
#: and has not arrived. Not sent if the payment was captured or canceled before the news arrived.
#: Provides: payment, with amount_capturable in minor units.
payment_authorized = FactSignal()

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

#: The bank of a saved card refuses to pay while the customer is away, and wants them to
#: authenticate: send them to ``payment.authenticate_url``. Provides: payment.
payment_authentication_required = FactSignal()

#: Money went back to the customer. Sent once per refund, when it succeeded, whether this site or
#: a person in Stripe's dashboard made it. Provides: refund (models.Refund), payment.
payment_refunded = FactSignal()

#: A refund failed or was canceled: the money is back in the balance, and can be refunded again.
#: It may have been announced as refunded before. Provides: refund, payment.
refund_failed = FactSignal()

#: A customer asks for a refund and a person has to decide. Provides: refund_request
#: (models.RefundRequest), payment.
refund_requested = FactSignal()

#: A person rejected a refund request. Provides: refund_request, payment.
refund_request_rejected = FactSignal()

#: A user got a customer at Stripe. Provides: customer (models.Customer).
customer_created = FactSignal()

#: A card or other method was saved. Provides: payment_method (models.PaymentMethod), customer.
payment_method_attached = FactSignal()

#: A saved method was removed, here or at Stripe. Provides: payment_method, customer.
payment_method_detached = FactSignal()

#: A customer objected at their bank. Provides: dispute (models.Dispute), payment or None.
dispute_opened = FactSignal()

#: The bank decided: see ``dispute.status``. Sent once per outcome, as an appeal may follow.
#: Provides: dispute, payment or None.
dispute_closed = FactSignal()

#: The disputed sum and a fee left the balance. Provides: dispute, payment or None.
dispute_funds_withdrawn = FactSignal()

#: The disputed sum came back. Provides: dispute, payment or None.
dispute_funds_reinstated = FactSignal()

#: Evidence is due in STRIPE_DISPUTE_DEADLINE_LEAD seconds or less and none was submitted. Sent
#: once per due date, by the sweep. Provides: dispute, payment or None.
dispute_evidence_due = FactSignal()

#: The card's issuer suspects fraud: a refund now may avoid a dispute. Provides: payment, event.
early_fraud_warning = FactSignal()

#: A payout reached the bank account. It may still fail: banks send some back later. Sent once per
#: payout. Provides: payout (models.Payout).
payout_paid = FactSignal()

#: A payout failed, and its sum is in the balance again: see ``payout.failure_code``. Sent once per
#: payout, after ``payout_paid`` if the bank sent it back. Provides: payout.
payout_failed = FactSignal()

#: Stripe delivered an event, of a type that this app knows or not. Sent once per event, after
#: it was applied. Provides: event (models.WebhookEvent).
webhook_received = FactSignal()
