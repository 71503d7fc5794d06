"""The rules that ship with the app. A guest has no past here: the limits per address see to that.

Each is switched on by its dotted path in STRIPE_FRAUD_RULES.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from .. import clock
from ..conf import settings
from ..limits import amounts as limits
from ..models import Fact, Payment
from .verdicts import PaymentContext, Verdict, allow, deny, review


def too_many_payments(context: PaymentContext) -> Verdict:
    """Deny when the user started STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR in the last hour."""
    if context.user is None or not context.is_new:
        return allow()
    since = clock.now() - timedelta(hours=1)
    started = Payment.objects.filter(user=context.user, created_at__gt=since).count()
    if started < settings.STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR:
        return allow()
    return deny(f"{started} payments in an hour", _("Too many payments. Please try again later."))


def too_many_declines(context: PaymentContext) -> Verdict:
    """Deny when STRIPE_FRAUD_MAX_DECLINES_PER_DAY attempts of the user failed in a day."""
    if context.user is None:
        return allow()
    since = clock.now() - timedelta(days=1)
    declines = Fact.objects.filter(
        kind="payment_failed", payment__user=context.user, created_at__gt=since
    ).count()
    if declines < settings.STRIPE_FRAUD_MAX_DECLINES_PER_DAY:
        return allow()
    return deny(
        f"{declines} declined attempts in a day",
        _("Too many payments were declined. Please try again tomorrow, or contact us."),
    )


def large_first_payment(context: PaymentContext) -> Verdict:
    """Review a payment above STRIPE_FRAUD_LARGE_FIRST_PAYMENT of who never paid before."""
    payment = context.payment
    sums = settings.STRIPE_FRAUD_LARGE_FIRST_PAYMENT
    if not limits.exceeds(payment.amount, payment.currency, sums):
        return allow()
    paid = Payment.objects.filter(user=context.user, status=Payment.Status.SUCCEEDED)
    if context.user is not None and paid.exists():
        return allow()
    return review(f"First payment, of {payment.amount_display}")
