"""What Stripe's Radar and the bank are told of a payment beside its amount."""

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

    Radar's rules read it as ``::metadata:key::``. It is not kept on the payment's row.
    """
    path = settings.STRIPE_RADAR_METADATA
    return import_string(path)(payment) if path else {}


def options_of(payment: Payment, session: str = "") -> dict[str, Any]:
    """Return the parameters of the payment's intent that make Stripe or the bank look closer.

    A session that is none ("rse_…") is left out: it comes from the browser.
    """
    options: dict[str, Any] = {}
    if payment.three_d_secure:
        options["payment_method_options"] = {"card": {"request_three_d_secure": "any"}}
    if _SESSION.fullmatch(session):
        options["radar_options"] = {"session": session}
    return options
