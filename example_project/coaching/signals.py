"""What happens to coaching sessions. Sent inside the transaction that did it."""

from django.dispatch import Signal

#: A player wants a session, and has to pay now. Provides: session, user, payment.
booking_started = Signal()

#: A player has a session. Provides: booking.
session_booked = Signal()
