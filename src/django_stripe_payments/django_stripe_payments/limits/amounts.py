"""The minimum and maximum of one payment, and other thresholds by currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from .. import money
from ..conf import settings
from ..exceptions import AmountNotAllowed


def check(amount: int, currency: str, payment_type: str) -> None:
    """Raise AmountNotAllowed, with a message for the customer, if STRIPE_AMOUNT_LIMITS forbids it.

    Args:
        amount: in the minor unit.
    """
    minimum, maximum = limits_of(currency, payment_type)
    if minimum is not None and amount < minimum:
        shown = money.display(minimum, currency)
        raise AmountNotAllowed(_("The minimum amount is %(minimum)s.") % {"minimum": shown})
    if maximum is not None and amount > maximum:
        shown = money.display(maximum, currency)
        msg = _("The maximum amount is %(maximum)s.")
        raise AmountNotAllowed(msg % {"maximum": shown})


def limits_of(currency: str, payment_type: str) -> tuple[int | None, int | None]:
    """Return minimum and maximum in the minor unit; None for no limit."""
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


def exceeds(amount: int, currency: str, thresholds: Mapping[str, Any]) -> bool:
    """Return whether an amount is above the threshold of its currency.

    Args:
        amount: in the minor unit.
        thresholds: currency → amount in the major unit.
    """
    limit = thresholds.get(currency)
    return limit is not None and amount > money.to_minor(limit, currency)
