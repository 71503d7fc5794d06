"""The balance of the account: what can be paid out, and what is on its way."""

from collections.abc import Iterable

from ..wire.resource import Resource


def balance(transactions: Iterable[Resource]) -> Resource:
    """Add up balance transactions by currency, in minor units."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for item in transactions:
        by_currency = sums[item["status"]]
        by_currency[item["currency"]] = by_currency.get(item["currency"], 0) + item["net"]
    return {
        "object": "balance",
        "available": _parts(sums["available"]),
        "livemode": False,
        "pending": _parts(sums["pending"]),
    }


def _parts(by_currency: dict[str, int]) -> list[Resource]:
    return [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in by_currency.items()
    ] or [{"amount": 0, "currency": "usd", "source_types": {"card": 0}}]
