"""What a price consists of: lines and tax, for documents and figures. Stripe is not sent them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import money
from .exceptions import InvalidAmount

#: What a line may hold at most; a document has room for no more.
MAX_LINES = 250
MAX_DESCRIPTION = 500
MAX_PRODUCT = 100
MAX_QUANTITY = 999_999

Exact = Decimal | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a price. Amounts are exact, in the major unit of the price's currency.

    Attributes:
        description: what the buyer reads.
        unit_amount: the price of one; negative for a discount.
        quantity: how many, at least 1.
        tax_rate: in percent, such as "19" or "8.875"; the site decides it. None if it says none.
        tax_amount: the tax of the whole line; None if the site says none.
        tax_included: whether ``unit_amount`` includes the tax. If not, the tax is added.
        amount: what the line costs, tax included. Worked out if left out, and checked if not.
        product: the site's own key of what is sold, to add up figures by it.
    """

    description: str
    unit_amount: Exact
    quantity: int = 1
    tax_rate: Exact | None = None
    tax_amount: Exact | None = None
    tax_included: bool = True
    amount: Exact | None = None
    product: str = ""


def freeze(lines: Sequence[Line], total: int, currency: str) -> list[dict[str, Any]]:
    """Return lines as they are stored with a payment: JSON, with amounts in the minor unit.

    Each has "description", "product", "quantity", "unit_amount", "amount", "tax_rate" (text or
    None), "tax_amount" (or None) and "tax_included".

    Raises:
        InvalidAmount: the lines do not add up to ``total``, or one of them is not exact.
    """
    if len(lines) > MAX_LINES:
        msg = f"A price can have at most {MAX_LINES} lines, not {len(lines)}."
        raise InvalidAmount(msg)
    frozen = [_frozen(line, currency) for line in lines]
    added = sum(line["amount"] for line in frozen)
    if frozen and added != total:
        sums = f"{money.to_decimal(added, currency)}, and the price is "
        msg = f"The lines add up to {sums}{money.to_decimal(total, currency)}."
        raise InvalidAmount(msg)
    return frozen


def tax_of(
    tax: Exact | None, frozen: Sequence[Mapping[str, Any]], total: int, currency: str
) -> int | None:
    """Return the tax within ``total``, in the minor unit; None if the site says none.

    Raises:
        InvalidAmount: it is more than the price, or not what the taxes of the lines add up to.
    """
    of_lines = [line["tax_amount"] for line in frozen if line["tax_amount"] is not None]
    added = sum(of_lines) if of_lines else None
    if tax is None:
        stated = added
    else:
        stated = money.to_signed_minor(tax, currency)
        if added is not None and stated != added:
            msg = f"The taxes of the lines do not add up to the tax of the price, {tax}."
            raise InvalidAmount(msg)
    if stated is not None and not 0 <= stated <= total:
        msg = f"A tax of {money.to_decimal(stated, currency)} can't be part of the price."
        raise InvalidAmount(msg)
    return stated


def _frozen(line: Line, currency: str) -> dict[str, Any]:
    _check_texts(line)
    unit = money.to_signed_minor(line.unit_amount, currency)
    tax = None if line.tax_amount is None else money.to_signed_minor(line.tax_amount, currency)
    amount = line.quantity * unit + (0 if line.tax_included or tax is None else tax)
    if line.amount is not None and money.to_signed_minor(line.amount, currency) != amount:
        msg = f"Line {line.description!r} costs {money.to_decimal(amount, currency)}, "
        raise InvalidAmount(f"{msg}not {line.amount}.")
    return {
        "description": line.description,
        "product": line.product,
        "quantity": line.quantity,
        "unit_amount": unit,
        "amount": amount,
        "tax_rate": None if line.tax_rate is None else _rate(line.tax_rate),
        "tax_amount": tax,
        "tax_included": bool(line.tax_included),
    }


def _check_texts(line: Line) -> None:
    for name, maximum in (("description", MAX_DESCRIPTION), ("product", MAX_PRODUCT)):
        text = getattr(line, name)
        is_text = isinstance(text, str) and text.isprintable() and len(text) <= maximum
        if not is_text or not (text or name == "product"):
            msg = f"The {name} of a line must be printable text of at most {maximum} characters."
            raise InvalidAmount(msg)
    is_whole = isinstance(line.quantity, int) and not isinstance(line.quantity, bool)
    if not is_whole or not 1 <= line.quantity <= MAX_QUANTITY:
        msg = f"The quantity of line {line.description!r} must be a whole number above zero."
        raise InvalidAmount(msg)


def _rate(rate: Exact) -> str:
    value = money.exact_decimal(rate)
    if not 0 <= value <= 100:
        msg = f"A tax rate must be a number from 0 to 100, not {rate}."
        raise InvalidAmount(msg)
    return format(value, "f")
