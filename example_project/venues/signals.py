"""What happens to the hours of a venue, announced to the rest of the site."""

from django.dispatch import Signal

#: A guest holds hours and has to reserve the money for them now. Provides: booking, payment.
hold_placed = Signal()

#: The money is reserved: the hours are theirs. Sent once, inside the transaction that noted it.
#: Provides: booking.
hours_booked = Signal()

#: The hours are free again. Sent inside the transaction that freed them.
#: Provides: booking, was_booked (whether the money had been reserved).
hours_freed = Signal()
