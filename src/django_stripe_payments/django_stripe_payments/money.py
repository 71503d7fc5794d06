"""Convert money exactly between ``Decimal`` in the major unit and Stripe's integers.

Inside this app an amount is an ``int`` in Stripe's minor unit. Only these functions convert it.
The tables follow https://docs.stripe.com/currencies.
"""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .exceptions import InvalidAmount

#: Stripe's limit: an amount has at most twelve digits.
MAX_MINOR = 999_999_999_999

#: Arithmetic that raises instead of rounding.
EXACT = Context(prec=60, traps=[Inexact])

#: Currencies whose minor unit is the currency itself.
ZERO_DECIMAL = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905
)

#: Currencies with thousandths, of which Stripe accepts only hundredths: the last digit is 0.
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})

#: Currencies without a minor unit that Stripe still counts in hundredths (5 ISK is 500).
WHOLE_HUNDREDTHS = frozenset({"isk", "ugx"})

SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "krw": "₩", "brl": "R$"}


def normalize_currency(currency: str) -> str:
    """Return the lower-case code that Stripe uses; raise InvalidAmount for anything else."""
    code = currency.strip().lower() if isinstance(currency, str) else ""
    if not re.fullmatch("[a-z]{3}", code):
        msg = f"{currency!r} is not a currency: use a three-letter ISO 4217 code such as 'usd'."
        raise InvalidAmount(msg)
    return code


def exponent(currency: str) -> int:
    """Return how many decimal digits Stripe's minor unit stands for."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def step(currency: str) -> int:
    """Return the smallest difference in minor units that Stripe accepts for the currency."""
    if currency in WHOLE_HUNDREDTHS:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def to_minor(amount: Decimal | int | str, currency: str) -> int:
    """Convert ``amount``, in the currency's major unit, to Stripe's minor unit.

    ``to_minor(Decimal("25.00"), "usd") == 2500``. Nothing is rounded. An amount that is finer than
    the currency allows, not positive, a float, or longer than twelve digits raises InvalidAmount.
    """
    code = normalize_currency(currency)
    minor = to_signed_minor(amount, code)
    if minor % step(code):
        raise InvalidAmount(_too_fine(amount, code))
    if not 0 < minor <= MAX_MINOR:
        msg = f"{amount} {code.upper()} is out of range: use at most 12 digits, above zero."
        raise InvalidAmount(msg)
    return minor


def to_signed_minor(amount: Decimal | int | str, currency: str) -> int:
    """Convert a part of an amount, such as a discount or a tax, which may be zero or below.

    It may be finer than Stripe's ``step``. Raises InvalidAmount if it is finer than the minor
    unit, a float, or longer than twelve digits.
    """
    code = normalize_currency(currency)
    minor = exact_decimal(amount).scaleb(exponent(code), EXACT)
    if minor != minor.to_integral_value():
        raise InvalidAmount(_too_fine(amount, code))
    if abs(minor) > MAX_MINOR:
        msg = f"{amount} {code.upper()} is out of range: use at most 12 digits."
        raise InvalidAmount(msg)
    return int(minor)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Convert ``minor``, in Stripe's minor unit, to the currency's major unit.

    The result has the currency's own digits: ``Decimal("25.00")``, or ``Decimal("5")`` for yen.
    """
    code = normalize_currency(currency)
    value = Decimal(minor).scaleb(-exponent(code))
    whole = code in WHOLE_HUNDREDTHS and minor % 100 == 0
    return value.quantize(Decimal(1)) if whole else value


def display(minor: int, currency: str) -> str:
    """Format the amount for people, in the active language: ``$25.00``, ``1.234 ISK``."""
    code = normalize_currency(currency)
    value = to_decimal(minor, code)
    digits = max(0, -int(value.as_tuple().exponent))
    number = number_format(value, digits, use_l10n=True, force_grouping=True)
    symbol = SYMBOLS.get(code)
    if symbol is None:
        return _("%(number)s %(currency)s") % {"number": number, "currency": code.upper()}
    return _("%(symbol)s%(number)s") % {"symbol": symbol, "number": number}


def _too_fine(amount: object, code: str) -> str:
    return f"{amount} is finer than {code.upper()} allows: round it before you charge it."


def exact_decimal(amount: Decimal | int | str) -> Decimal:
    """Return a Decimal of the same value. Raises InvalidAmount for a float, or no number."""
    if isinstance(amount, float | bool) or not isinstance(amount, Decimal | int | str):
        msg = f"{amount!r} is not exact: use a Decimal, an int or a str in the major unit."
        raise InvalidAmount(msg)
    try:
        value = Decimal(amount)
    except InvalidOperation:
        value = Decimal("NaN")
    # A Decimal may have an exponent of millions, which would take all memory to expand. More
    # digits than these are not an amount, and would have to be rounded.
    if not value.is_finite() or abs(value.adjusted()) > 15 or len(value.as_tuple().digits) > 28:
        msg = f"{amount!r} is not an amount of money."
        raise InvalidAmount(msg)
    return value
