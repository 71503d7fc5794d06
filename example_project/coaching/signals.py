"""What happens to coaching sessions. Sent inside the transaction that did it."""

from django.dispatch import Signal

#: A player wants a session, and has to pay now. Provides: session, user, payment.
booking_started = Signal()

#: A player has a session. Provides: booking.
session_booked = Signal()

#: A session was called off, and is free again. Provides: booking (deleted by now), refund (a
#: Decimal in the major unit: what the policy gives back).
session_called_off = Signal()
