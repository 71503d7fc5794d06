"""What a visitor of the demo is told: who to log in as, and which cards to try."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A seeded account. Its password is no secret, so it is only made where DEMO is on."""

    username: str
    display_name: str
    purpose: str | Promise
    is_staff: bool = False

    @property
    def password(self) -> str:
        return f"{self.username}-demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCard:
    """A card number of https://docs.stripe.com/testing; date and CVC may be anything valid."""

    number: str
    outcome: str | Promise
    tone: str


ACCOUNTS = (
    Account(
        username="player",
        display_name="Nightjar",
        purpose=_("registers for tournaments, books coaching and venues"),
    ),
    Account(
        username="organizer",
        display_name="Brackenrig",
        purpose=_("runs tournaments and a venue, is notified of every registration"),
    ),
    Account(username="coach", display_name="Oldsalt", purpose=_("offers coaching sessions")),
    Account(
        username="admin",
        display_name="Admin",
        purpose=_("sees payments, events and deliveries in the admin"),
        is_staff=True,
    ),
)

CARDS = (
    TestCard(number="4242 4242 4242 4242", outcome=_("Succeeds at once"), tone="good"),
    TestCard(
        number="4000 0027 6000 3184",
        outcome=_("3-D Secure: the bank asks, you accept or refuse"),
        tone="ask",
    ),
    TestCard(
        number="4000 0000 0000 5605",
        outcome=_("Takes about fifteen seconds to process"),
        tone="ask",
    ),
    TestCard(number="4000 0000 0000 0002", outcome=_("Declined"), tone="bad"),
    TestCard(number="4000 0000 0000 9995", outcome=_("Insufficient funds"), tone="bad"),
    TestCard(
        number="4000 0000 0000 0259",
        outcome=_("Succeeds, and is disputed: log in as admin to respond"),
        tone="bad",
    ),
)
