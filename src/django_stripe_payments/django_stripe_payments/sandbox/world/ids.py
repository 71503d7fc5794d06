"""Identifiers that look like Stripe's: a prefix that names the kind, then random letters."""

import random
import string

ALPHABET = string.ascii_letters + string.digits

#: Kind of object -> prefix of its id.
PREFIXES = {
    "balance_transaction": "txn",
    "charge": "ch",
    "customer": "cus",
    "dispute": "du",
    "event": "evt",
    "file": "file",
    "mandate": "mandate",
    "payment_intent": "pi",
    "payment_method": "pm",
    "payout": "po",
    "radar.early_fraud_warning": "issfr",
    "refund": "re",
    "setup_attempt": "setatt",
    "setup_intent": "seti",
    "v2.core.event": "evt",
    "webhook_endpoint": "we",
}


class Ids:
    """A source of ids; the same seed gives the same ids in the same order."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    def letters(self, count: int) -> str:
        return "".join(self._random.choices(ALPHABET, k=count))

    def new(self, kind: str) -> str:
        # 24 letters is the length of Stripe's own; a column made for the sandbox then fits Stripe.
        return f"{PREFIXES[kind]}_{self.letters(24)}"

    def client_secret(self, intent_id: str) -> str:
        return f"{intent_id}_secret_{self.letters(25)}"

    def request(self) -> str:
        return f"req_{self.letters(14)}"
