"""What a session costs when a browser asks: the server's price, whatever the browser says."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404

from django_stripe_payments.exceptions import PriceUnavailable
from django_stripe_payments.payment_types import Price, register_payment_type

from . import bookings
from .models import CoachingSession


@register_payment_type(bookings.PAYMENT_TYPE)
def coaching_session(user: Any, metadata: Mapping[str, Any]) -> Price:
    session = _session(metadata.get("session_id"))
    try:
        bookings.check_free(session, user)
    except bookings.BookingRefused as refusal:
        raise PriceUnavailable(str(refusal)) from refusal
    return Price(
        amount=session.price,
        currency=session.currency,
        description=bookings.describe(session),
        metadata={"session_id": str(session.pk)},
    )


def _session(key: Any) -> CoachingSession:
    try:
        return CoachingSession.objects.select_related("coach", "booking").get(pk=int(str(key)))
    except (ValueError, CoachingSession.DoesNotExist):
        raise Http404 from None
