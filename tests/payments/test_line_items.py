"""What a price consists of adds up exactly, or is refused."""

from decimal import Decimal
from typing import Any

import pytest

from django_stripe_payments.exceptions import InvalidAmount
from django_stripe_payments.line_items import Line, freeze
from django_stripe_payments.payment_types import Price

TEA = Line(description="Tea", unit_amount="4.25", quantity=2, product="tea")


def test_a_line_is_stored_in_minor_units() -> None:
    line = Line(
        description="Tea",
        unit_amount=Decimal("10.00"),
        quantity=3,
        tax_rate="19.00",
        tax_amount="5.70",
        tax_included=False,
        product="tea",
    )
    assert freeze([line], 3570, "eur") == [
        {
            "description": "Tea",
            "product": "tea",
            "quantity": 3,
            "unit_amount": 1000,
            "amount": 3570,
            "tax_rate": "19.00",
            "tax_amount": 570,
            "tax_included": False,
        }
    ]


def test_a_discount_is_a_negative_line() -> None:
    discount = Line(description="Regulars", unit_amount="-0.50")
    assert [line["amount"] for line in freeze([TEA, discount], 800, "usd")] == [850, -50]


def test_lines_must_add_up_to_the_price() -> None:
    with pytest.raises(InvalidAmount, match=r"add up to 8\.50, and the price is 8\.51"):
        freeze([TEA], 851, "usd")


@pytest.mark.parametrize(
    ("change", "currency"),
    [
        ({"unit_amount": 4.25}, "usd"),
        ({"unit_amount": "4.255"}, "usd"),
        ({"unit_amount": "4.5"}, "jpy"),
        ({"unit_amount": "9999999999999"}, "usd"),
        ({"tax_amount": 0.5}, "usd"),
        ({"tax_rate": 19.0}, "usd"),
        ({"tax_rate": "-1"}, "usd"),
        ({"tax_rate": "101"}, "usd"),
        ({"quantity": 0}, "usd"),
        ({"quantity": 1.5}, "usd"),
        ({"quantity": True}, "usd"),
        ({"description": ""}, "usd"),
        ({"description": "x" * 501}, "usd"),
        ({"description": "a\0b"}, "usd"),
        ({"product": None}, "usd"),
        ({"amount": "8.49"}, "usd"),
    ],
)
def test_what_is_not_exact_is_refused(change: dict[str, Any], currency: str) -> None:
    fields = {"description": "Tea", "unit_amount": "4.25", "quantity": 2, **change}
    # The sum would be refused too; each of these is refused for itself.
    with pytest.raises(InvalidAmount) as refused:
        freeze([Line(**fields)], 850, currency)
    assert "add up" not in str(refused.value)


def test_a_document_has_room_for_so_many_lines() -> None:
    with pytest.raises(InvalidAmount, match="at most 250"):
        freeze([TEA] * 251, 850 * 251, "usd")


@pytest.mark.parametrize(
    ("taxes", "tax", "expected"),
    [
        ([None, None], None, None),
        (["0.10", None], None, 10),
        (["0.10", "0.20"], None, 30),
        (["0.10", "0.20"], "0.30", 30),
        ([None, None], "0", 0),
        ([None, None], "1.5", 150),
    ],
)
def test_the_tax_of_a_price(taxes: list[str | None], tax: str | None, expected: int | None) -> None:
    lines = [Line(description="Tea", unit_amount=1, tax_amount=each) for each in taxes]
    assert Price(amount=2, currency="usd", lines=lines, tax=tax).tax_minor() == expected


@pytest.mark.parametrize("tax", ["0.31", "-0.01", "2.01", "0.301", 0.3])
def test_a_tax_that_is_not_the_prices_is_refused(tax: Any) -> None:
    lines = [Line(description="Tea", unit_amount=2, tax_amount="0.30")]
    with pytest.raises(InvalidAmount):
        Price(amount=2, currency="usd", lines=lines, tax=tax).tax_minor()
    if tax != "0.31":
        with pytest.raises(InvalidAmount):
            Price(amount=2, currency="usd", tax=tax).tax_minor()
