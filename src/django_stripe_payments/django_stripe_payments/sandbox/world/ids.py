"""Identifiers that look like Stripe's: a prefix that names the kind, then random letters."""

import random
import string

from . import kinds

ALPHABET = string.ascii_letters + string.digits


class Ids:
    """A source of ids; the same seed gives the same ids in the same order."""

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311

    def letters(self, count: int) -> str:
        return "".join(self._random.choices(ALPHABET, k=count))

    def new(self, kind: str) -> str:
        # 24 letters is the length of Stripe's own; a column made for the sandbox then fits Stripe.
        declared = kinds.find(kind)
        if declared is None:
            raise LookupError(f"The sandbox has no kind of object {kind!r}.")
        return f"{declared.prefix}_{self.letters(24)}"

    def client_secret(self, intent_id: str) -> str:
        return f"{intent_id}_secret_{self.letters(25)}"

    def request(self) -> str:
        return f"req_{self.letters(14)}"
