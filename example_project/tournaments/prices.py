"""What an entry costs when a browser asks: the server's price, whatever the browser says."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from django_stripe_payments.exceptions import PriceUnavailable
from django_stripe_payments.payment_types import Price, register_payment_type

from . import registration
from .models import Tournament


@register_payment_type(registration.PAYMENT_TYPE)
def tournament_fee(user: Any, metadata: Mapping[str, Any]) -> Price:
    tournament = _tournament(metadata.get("tournament_id"))
    try:
        registration.check_open(tournament, user)
    except registration.RegistrationRefused as refusal:
        raise PriceUnavailable(str(refusal)) from refusal
    if tournament.is_free:
        raise PriceUnavailable(_("This tournament is free to enter."))
    return Price(
        amount=tournament.entry_fee,
        currency=tournament.currency,
        description=registration.describe(tournament),
        metadata={"tournament_id": str(tournament.pk)},
    )


def _tournament(key: Any) -> Tournament:
    try:
        return Tournament.objects.get(pk=int(str(key)))
    except (ValueError, Tournament.DoesNotExist):
        raise Http404 from None
