"""What Stripe's Radar and the bank learn about a payment besides its amount."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string

from ..conf import settings
from ..models import Payment

_SESSION = re.compile(r"rse_\w{1,250}", re.ASCII)


def metadata_of(payment: Payment) -> Mapping[str, Any]:
    """Return what STRIPE_RADAR_METADATA adds to the metadata of the payment's intent.

    Radar's rules read it as ``::metadata:key::``. It is not stored on the payment's row.
    """
    path = settings.STRIPE_RADAR_METADATA
    return import_string(path)(payment) if path else {}


def options_of(payment: Payment, session: str = "") -> dict[str, Any]:
    """Return the intent's parameters for Radar and 3-D Secure.

    The Radar session comes from the browser, and is left out if it is malformed ("rse_…").
    """
    options: dict[str, Any] = {}
    if payment.three_d_secure:
        options["payment_method_options"] = {"card": {"request_three_d_secure": "any"}}
    if _SESSION.fullmatch(session):
        options["radar_options"] = {"session": session}
    return options
