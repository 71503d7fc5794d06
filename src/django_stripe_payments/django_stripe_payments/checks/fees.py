"""System checks of the settings of fees."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.checks import CheckMessage, register
from django.utils.module_loading import import_string

from ..conf import settings
from ._messages import error

HINT = (
    'Set a share and a fixed amount in the major unit, as strings or Decimals: ("0.029", "0.30").'
)


@register()
def check_fee_rates(**_context: Any) -> list[CheckMessage]:
    """E040: the rates of Stripe's fees are exact, one for each currency."""
    return [
        message
        for key, rate in settings.STRIPE_FEE_RATES.items()
        if (problem := _problem(rate))
        for message in error("E040", f"STRIPE_FEE_RATES[{key!r}] {problem}.", HINT)
    ]


@register()
def check_platform_fee(**_context: Any) -> list[CheckMessage]:
    """E041: the site's own fee is an exact rate, or a function that can be imported."""
    configured = settings.STRIPE_PLATFORM_FEE
    if not configured:
        return []
    problem = _import_problem(configured) if isinstance(configured, str) else _problem(configured)
    if not problem:
        return []
    hint = f"{HINT} Or the dotted path of a function that takes a payment, or None."
    return error("E041", f"STRIPE_PLATFORM_FEE {problem}.", hint)


def _problem(rate: Any) -> str:
    """Return what is wrong with a rate, or an empty string."""
    if not isinstance(rate, tuple | list) or len(rate) != 2:
        return "is not a pair of a share and a fixed amount"
    # A float is not the number that was written.
    if not all(isinstance(part, str | int | Decimal) for part in rate):
        return "is not exact"
    try:
        share, fixed = (Decimal(part) for part in rate)
    except InvalidOperation:
        return "contains something that is not a number"
    if not 0 <= share <= 1:
        return "has a share that is not between 0 and 1"
    return "" if fixed >= 0 else "has a negative fixed amount"


def _import_problem(path: str) -> str:
    try:
        imported = import_string(path)
    except ImportError as failed:
        return f"can't be imported: {failed}"
    return "" if callable(imported) else "can't be called"
