"""A customer's payments as CSV and as JSON."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import money
from ..models import Payment

#: A cell that begins with one of these is a formula to a spreadsheet; full-width forms too.
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001

_AFTER_SEPARATOR = re.compile(rf"([;\t\r\n] *)(?=[{re.escape(''.join(FORMULA))}])")

#: Excel reads a file as UTF-8 only if it begins with this.
BYTE_ORDER_MARK = "\ufeff"


class _Lines:
    """A file that returns what is written to it, so that each row can be sent at once."""

    def write(self, text: str) -> str:
        return text


def csv_lines(payments: Iterable[Payment]) -> Iterator[str]:
    """Yield the lines of a CSV file, its header first. Amounts are in the major unit."""
    writer = csv.writer(_Lines(), quoting=csv.QUOTE_ALL)
    header = [_("Date"), _("Description"), _("Type"), _("Amount"), _("Currency")]
    yield BYTE_ORDER_MARK + writer.writerow([*header, _("Refunded"), _("Status"), _("Reference")])
    for payment in payments:
        yield writer.writerow(map(escape_formula, _cells(payment)))


def as_json(payment: Payment) -> dict[str, Any]:
    """Return a payment as plain JSON values. Amounts are strings in the major unit."""
    return {
        "id": str(payment.pk),
        "description": payment.description,
        "payment_type": payment.payment_type,
        "type_label": payment.type_label,
        "amount": str(payment.amount_decimal),
        "amount_refunded": str(_refunded(payment)),
        "currency": payment.currency,
        "status": payment.status,
        "status_label": payment.status_label,
        "created_at": payment.created_at.isoformat(),
        "succeeded_at": payment.succeeded_at.isoformat() if payment.succeeded_at else None,
    }


def escape_formula(cell: str) -> str:
    """Return the cell, marked as text where a spreadsheet would take it for a formula.

    A spreadsheet that separates by semicolons or tabs sees several cells in one of ours.
    """
    marked = _AFTER_SEPARATOR.sub(r"\1'", cell)
    return f"'{marked}" if marked.lstrip(" ").startswith(FORMULA) else marked


def _refunded(payment: Payment) -> Decimal:
    return money.to_decimal(payment.amount_refunded, payment.currency)


def _cells(payment: Payment) -> list[str]:
    created = payment.created_at
    local = timezone.localtime(created) if timezone.is_aware(created) else created
    return [
        local.isoformat(" ", "seconds"),
        payment.description,
        payment.type_label,
        str(payment.amount_decimal),
        payment.currency.upper(),
        str(_refunded(payment)),
        payment.status_label,
        str(payment.pk),
    ]
