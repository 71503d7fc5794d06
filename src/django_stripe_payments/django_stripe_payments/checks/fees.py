"""System checks of the settings of fees; the others are in checks.py."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string

from ..conf import settings

HINT = 'Give a share and a fixed part in the major unit, as texts: ("0.029", "0.30").'


@register()
def check_fee_rates(**_context: Any) -> list[CheckMessage]:
    """E040: Stripe's fees are exact rates by currency."""
    return [
        Error(f"STRIPE_FEE_RATES[{key!r}] {problem}.", hint=HINT, id="django_stripe_payments.E040")
        for key, rate in settings.STRIPE_FEE_RATES.items()
        if (problem := _problem(rate))
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
    hint = f"{HINT} Or the dotted path of a function that gets a payment, or None."
    text = f"STRIPE_PLATFORM_FEE {problem}."
    return [Error(text, hint=hint, id="django_stripe_payments.E041")]


def _problem(rate: Any) -> str:
    """Return what is wrong with a rate, or an empty string."""
    if not isinstance(rate, tuple | list) or len(rate) != 2:
        return "is not a share and a fixed part"
    # A float is not the number that was written.
    if not all(isinstance(part, str | int | Decimal) for part in rate):
        return "is not exact"
    try:
        share, fixed = (Decimal(part) for part in rate)
    except InvalidOperation:
        return "is not made of numbers"
    return "" if 0 <= share <= 1 and fixed >= 0 else "is not a share from 0 to 1 and a fixed part"


def _import_problem(path: str) -> str:
    try:
        found = import_string(path)
    except ImportError as error:
        return f"can't be imported: {error}"
    return "" if callable(found) else "can't be called"
