"""What happens in a tournament, for whoever cares. Sent inside the transaction that did it."""

from django.dispatch import Signal

#: A player pressed Register, and has to pay now. Also sent when they come back to an unpaid
#: payment. Provides: tournament, user, payment.
registration_started = Signal()

#: A player has a place. Provides: participant.
player_registered = Signal()
