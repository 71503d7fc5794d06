"""The same card saved twice is one card: what was there first stays, the other goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..exceptions import StripeCallFailed
from ..models import ApiOperation, PaymentMethod
from ..stripe_api import operations
from ..stripe_api.client import get_client, translated_errors

if TYPE_CHECKING:
    import stripe

#: What Stripe says of a method that is not attached any more.
NOT_ATTACHED = "payment_method_unexpected_state"


def drop_duplicate(
    kept: PaymentMethod, duplicate: str, expiry: tuple[int | None, int | None]
) -> None:
    """Detach ``duplicate`` ("pm_…") at Stripe; ``kept`` gets its expiry if that is later.

    A bank that renews a card keeps the number, and people then save it again. The expiry goes
    first: after a crash the duplicate is still there, and the next event goes on from it.
    """
    year, month = expiry
    if year and month and (year, month) > (kept.exp_year or 0, kept.exp_month or 0):
        _renew(kept, year, month)
    detach_at_stripe(duplicate)


def detach_at_stripe(stripe_id: str) -> None:
    """Detach a method at Stripe; one that is detached already stays so.

    Raises what ``operations.perform`` raises.
    """

    def call(params: dict[str, Any], options: Any) -> stripe.PaymentMethod:
        return get_client().v1.payment_methods.detach(stripe_id, params, options)  # type: ignore[arg-type]

    def find(_operation: ApiOperation) -> stripe.PaymentMethod | None:
        with translated_errors():
            method = get_client().v1.payment_methods.retrieve(stripe_id)
        return None if method.customer else method

    try:
        operations.perform("payment_method.detach", stripe_id, {}, call, find=find)
    except StripeCallFailed as error:
        if error.code != NOT_ATTACHED:
            raise


def _renew(kept: PaymentMethod, year: int, month: int) -> None:
    def change(params: dict[str, Any], options: Any) -> stripe.PaymentMethod:
        return get_client().v1.payment_methods.update(kept.stripe_id, params, options)  # type: ignore[arg-type]

    def find(_operation: ApiOperation) -> stripe.PaymentMethod | None:
        with translated_errors():
            method = get_client().v1.payment_methods.retrieve(kept.stripe_id)
        card = method.card
        return method if card and (card.exp_year, card.exp_month) == (year, month) else None

    operations.perform(
        f"payment_method.renew {year}-{month:02}",
        kept,
        {"card": {"exp_year": year, "exp_month": month}},
        change,
        find=find,
    )
