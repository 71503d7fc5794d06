"""Signed links for guests: a link allows its holder to pay one payment and see the result."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlencode

from django.core import signing

from ..conf import settings

#: Keeps signatures made for another purpose from being valid here.
SALT = "django_stripe_payments.guests"

#: Name of the query parameter, and of the key in JSON, that carries the token.
PARAMETER = "token"


class GuestPayment(Protocol):
    """The part of a payment that a link depends on."""

    pk: Any
    user_id: Any


def token_for(payment: GuestPayment) -> str:
    """Return a token that opens only this payment, for STRIPE_GUEST_LINK_MAX_AGE seconds."""
    return _signer().sign(str(payment.pk)).partition(".")[2]


def opens(token: str, payment: GuestPayment) -> bool:
    """Whether the token is for this payment and not expired, and the payment is a guest's."""
    if payment.user_id is not None:
        return False
    try:
        _signer().unsign(f"{payment.pk}.{token}", max_age=settings.STRIPE_GUEST_LINK_MAX_AGE)
    except signing.BadSignature:
        return False
    return True


def with_token(url: str, payment: GuestPayment, token: str = "") -> str:
    """Return ``url`` with a token if the payment is a guest's, otherwise unchanged.

    ``token`` is the one that the visitor came with: following a link must not extend it.
    """
    if payment.user_id is not None:
        return url
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode({PARAMETER: token or token_for(payment)})}"


def _signer() -> signing.TimestampSigner:
    # A dot needs no escaping in a URL.
    return signing.TimestampSigner(salt=SALT, sep=".")
