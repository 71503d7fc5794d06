"""The least and most that one payment may be: STRIPE_AMOUNT_LIMITS, and other sums by currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from .. import money
from ..conf import settings
from ..exceptions import AmountNotAllowed


def check(amount: int, currency: str, payment_type: str) -> None:
    """Raise AmountNotAllowed, in words for the customer, for an amount out of its limits.

    Args:
        amount: in the minor unit.
    """
    least, most = limits_of(currency, payment_type)
    shown = {
        "least": "" if least is None else money.display(least, currency),
        "most": "" if most is None else money.display(most, currency),
    }
    if least is not None and amount < least:
        raise AmountNotAllowed(_("The minimum amount is %(least)s.") % shown)
    if most is not None and amount > most:
        raise AmountNotAllowed(_("The maximum amount is %(most)s.") % shown)


def limits_of(currency: str, payment_type: str) -> tuple[int | None, int | None]:
    """Return minimum and maximum in the minor unit; None where there is none."""
    configured: Mapping[str, Mapping[str, Any]] = settings.STRIPE_AMOUNT_LIMITS
    limits: dict[str, Any] = {
        **configured.get(currency, {}),
        **configured.get(f"{currency}:{payment_type}", {}),
    }
    minimum, maximum = (limits.get(bound) for bound in ("minimum", "maximum"))
    return (
        None if minimum is None else money.to_minor(minimum, currency),
        None if maximum is None else money.to_minor(maximum, currency),
    )


def exceeds(amount: int, currency: str, sums: Mapping[str, Any]) -> bool:
    """Whether an amount in the minor unit is more than its currency's sum in the major unit."""
    limit = sums.get(currency)
    return limit is not None and amount > money.to_minor(limit, currency)
