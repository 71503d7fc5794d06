"""What Stripe's payment sheet in a mobile app needs of a customer: a secret that lives for minutes.

Neither call is an operation (see ``stripe_api.operations``): it moves no money, changes nothing
that lasts, and makes nothing that could be found or resolved later. An answer that is lost is
asked for again, and the first secret expires unused. No secret is stored, cached or logged.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from ..conf import settings
from ..database.transactions import require_no_transaction
from ..exceptions import ApiVersionNotAllowed
from ..stripe_api.client import get_client, translated_errors

#: The sheet shows what the pages show: every saved method, not only those that were saved by a
#: check box of Stripe's own ("always").
FEATURES: Any = {
    "payment_method_allow_redisplay_filters": ["always", "limited", "unspecified"],
    "payment_method_redisplay": "enabled",
    "payment_method_remove": "enabled",
    "payment_method_save": "enabled",
}


def open_session(customer: str) -> str:
    """Return the client secret of a customer session for the sheet, valid for half an hour.

    Args:
        customer: Stripe's id, "cus_…".

    Raises TransactionInProgress, StripeUnavailable, StripeCallFailed.
    """
    require_no_transaction()
    components: Any = {"mobile_payment_element": {"enabled": True, "features": FEATURES}}
    with translated_errors():
        session = get_client().v1.customer_sessions.create(
            {"customer": customer, "components": components}
        )
    return session.client_secret


def make_ephemeral_key(customer: str, version: str) -> str:
    """Return the secret of an ephemeral key, for apps older than customer sessions; an hour valid.

    Args:
        customer: Stripe's id, "cus_…".
        version: the API version that the app's SDK expects.

    Raises ApiVersionNotAllowed, TransactionInProgress, StripeUnavailable, StripeCallFailed.
    """
    require_allowed(version)
    require_no_transaction()
    with translated_errors():
        key = get_client().v1.ephemeral_keys.create(
            {"customer": customer}, {"stripe_version": version}
        )
    return str(key.secret)


def require_allowed(version: str) -> None:
    """Raise ApiVersionNotAllowed unless STRIPE_EPHEMERAL_KEY_VERSIONS names the version."""
    if version not in settings.STRIPE_EPHEMERAL_KEY_VERSIONS:
        raise ApiVersionNotAllowed(_("This version of the app is too old to pay. Update it."))
