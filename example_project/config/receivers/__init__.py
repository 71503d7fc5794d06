"""The wiring: here alone payments and notifications meet. (The demo's clock moves both, too.)

``django_stripe_payments`` says what became true of a payment. ``django_inapp_notifications``
tells people things. Neither knows the other, nor tournaments, coaching or venues; here they
meet. One file per story:

    tournaments   payment_succeeded ──► take a place      ──► player_registered ──► tell both sides
    coaching      payment_succeeded ──► book the session  ──► session_booked    ──► tell both sides
    venues        money reserved    ──► the hours are theirs ──► hours_booked   ──► tell both sides
    receipts      payment_succeeded ──► a receipt by mail
    refunds       payment_refunded  ──► take back what was paid for, tell the customer
    disputes      dispute_opened …  ──► tell staff

and two that they share: ``pending`` (the reminder to pay) and ``too_late`` (a refund for what
is gone).

A receiver of a payment's signal runs once per payment, in a transaction of its own. All that
happens in its line above happens inside it, so that a player gets the place and the
notification, or neither, and then it is tried again. Mail leaves after the commit. The signals
in the right-hand columns are the site's own: a free tournament sends ``player_registered`` too,
without any payment.
"""

from . import (  # noqa: F401  (importing a story connects it)
    coaching,
    disputes,
    pending,
    receipts,
    refunds,
    tournaments,
    venues,
)
