"""Links by which a guest pays: whoever holds one may pay that one payment, and see how it went."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import urlencode

from django.core import signing

from ..conf import settings

#: A signature for one purpose is worth nothing for another.
SALT = "django_stripe_payments.guests"

#: Name of the query parameter, and of the key in JSON, that carries the token.
PARAMETER = "token"


class GuestPayment(Protocol):
    """What a link needs of a payment."""

    pk: Any
    user_id: Any


def token_for(payment: GuestPayment) -> str:
    """Return a token that opens this payment, and no other, for a limited time."""
    return _signer().sign(str(payment.pk)).partition(".")[2]


def opens(token: str, payment: GuestPayment) -> bool:
    """Whether the token was made for this payment, is not too old, and the payment is a guest's."""
    if payment.user_id is not None:
        return False
    try:
        _signer().unsign(f"{payment.pk}.{token}", max_age=settings.STRIPE_GUEST_LINK_MAX_AGE)
    except signing.BadSignature:
        return False
    return True


def with_token(url: str, payment: GuestPayment, token: str = "") -> str:
    """Return ``url`` with a token if the payment is a guest's, else as it is.

    ``token`` is one that was presented: following a link must not make it last longer.
    """
    if payment.user_id is not None:
        return url
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode({PARAMETER: token or token_for(payment)})}"


def _signer() -> signing.TimestampSigner:
    # A dot needs no escaping in a URL.
    return signing.TimestampSigner(salt=SALT, sep=".")
