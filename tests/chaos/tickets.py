"""What is sold: the price is a function of the seat, so that no two sums need to be alike."""

from typing import Any

from django_stripe_payments import payment_types


def amount_of(seat: int) -> int:
    """The price of a seat in cents."""
    return 1000 + seat % 997


def sell() -> None:
    payment_types.register_payment_type("ticket")(_ticket)


def _ticket(user: Any, metadata: Any) -> payment_types.Price:
    seat = int(metadata["seat"])
    amount = f"{amount_of(seat) // 100}.{amount_of(seat) % 100:02}"
    return payment_types.Price(amount=amount, currency="usd", metadata={"seat": str(seat)})
