"""What happens in a tournament, for whoever cares. Sent inside the transaction that did it."""

from django.dispatch import Signal

#: A player pressed Register, and has to pay now. Also sent when they come back to an unpaid
#: payment. Provides: tournament, user, payment.
registration_started = Signal()

#: A player has a place. Provides: participant.
player_registered = Signal()

#: The start was moved. Provides: tournament.
tournament_moved = Signal()

#: The organizer has called it off; entry fees go back in the same transaction.
#: Provides: tournament.
tournament_called_off = Signal()
