"""The rules that ship with the app; name one in STRIPE_FRAUD_RULES by its dotted path to use it.

Guests have no history here; the rate limits per address cover them.
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
    """Deny if the user started STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR payments in the last hour."""
    if context.user is None or not context.is_new:
        return allow()
    since = clock.now() - timedelta(hours=1)
    started = Payment.objects.filter(user=context.user, created_at__gt=since).count()
    if started < settings.STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR:
        return allow()
    return deny(f"{started} payments in an hour", _("Too many payments. Please try again later."))


def too_many_declines(context: PaymentContext) -> Verdict:
    """Deny if STRIPE_FRAUD_MAX_DECLINES_PER_DAY attempts of the user failed in the last day."""
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
    """Review a first payment that is above STRIPE_FRAUD_LARGE_FIRST_PAYMENT."""
    payment = context.payment
    thresholds = settings.STRIPE_FRAUD_LARGE_FIRST_PAYMENT
    if not limits.exceeds(payment.amount, payment.currency, thresholds):
        return allow()
    paid = Payment.objects.filter(user=context.user, status=Payment.Status.SUCCEEDED)
    if context.user is not None and paid.exists():
        return allow()
    return review(f"First payment is {payment.amount_display}")
