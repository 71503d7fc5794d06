"""What a customer may ask to have refunded, and who decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from inspect import isclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .. import clock
from ..conf import settings
from ..exceptions import RefundNotAllowed
from ..models import Payment

#: Days of a type that STRIPE_REFUND_WINDOW_DAYS does not list, if it lists no "default" either.
NEVER = 0


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """What a customer may ask for.

    ``amount`` is in minor units and above zero; ``ends_at`` is the last moment to ask, or None;
    with ``needs_approval`` a person decides, without it the money goes back at once.
    """

    amount: int
    ends_at: datetime | None
    needs_approval: bool


Policy = Callable[[Any, Payment], RefundOffer]


class RefundPolicy:
    """The default policy: the payer, inside the window, what is left.

    A site overrides a method and names its class in STRIPE_REFUND_POLICY; a plain function
    ``(user, payment) -> RefundOffer`` does as well. A refusal is a RefundNotAllowed, whose
    message the customer reads.
    """

    def __call__(self, user: Any, payment: Payment) -> RefundOffer:
        """Return what ``user`` may ask for now; raise RefundNotAllowed."""
        self.check_owner(user, payment)
        ends_at = self.window_end(payment)
        if ends_at is not None and ends_at < clock.now():
            day = date_format(timezone.localtime(ends_at), "DATE_FORMAT")
            raise RefundNotAllowed(_("The refund period ended on %(day)s.") % {"day": day})
        self.check_disputes(payment)
        amount = self.amount(payment)
        if amount <= 0:
            raise RefundNotAllowed(_("This payment has nothing left to refund."))
        return RefundOffer(amount, ends_at, self.needs_approval(payment))

    def check_owner(self, user: Any, payment: Payment) -> None:
        """Raise RefundNotAllowed for anybody but the payer."""
        if payment.user_id is None or payment.user_id != user.pk:
            raise RefundNotAllowed(_("Only the payer can request a refund."))

    def check_disputes(self, payment: Payment) -> None:
        """Raise RefundNotAllowed while the bank has the money because of a dispute."""
        if payment.disputes.filter(is_charge_refundable=False).exists():
            raise RefundNotAllowed(_("This payment is disputed, so your bank will decide."))

    def window_end(self, payment: Payment) -> datetime | None:
        """Return the last moment to ask; None if there is none. Raise RefundNotAllowed."""
        if payment.succeeded_at is None:
            raise RefundNotAllowed(_("This payment has not been completed."))
        days = window_days(payment.payment_type)
        if days == NEVER:
            raise RefundNotAllowed(_("Refunds can't be requested for this type of payment."))
        return None if days is None else payment.succeeded_at + timedelta(days=days)

    def amount(self, payment: Payment) -> int:
        """Return the most that can be asked for, in minor units."""
        return payment.refundable

    def needs_approval(self, payment: Payment) -> bool:
        """Whether a person has to decide."""
        return bool(settings.STRIPE_REFUND_REQUESTS == "review")


def get_policy() -> Policy:
    """Return the policy that STRIPE_REFUND_POLICY names."""
    named: Any = import_string(settings.STRIPE_REFUND_POLICY)
    if isclass(named):
        named = named()
    policy: Policy = named
    return policy


def window_days(payment_type: str) -> int | None:
    """Return for how many days a payment of this type can be refunded on request."""
    days: int | Mapping[str, int | None] | None = settings.STRIPE_REFUND_WINDOW_DAYS
    if isinstance(days, Mapping):
        return days.get(payment_type, days.get("default", NEVER))
    return days
