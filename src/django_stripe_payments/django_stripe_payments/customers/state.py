"""What Stripe says about a saved payment method: pure functions, no database, no network."""

from collections.abc import Mapping
from typing import Any

from ..stripe_api.lookup import id_of

#: A payment method, or a customer, as Stripe describes it.
Snapshot = Mapping[str, Any]


def fields_of(method: Snapshot) -> dict[str, Any]:
    """Return the columns of PaymentMethod that follow Stripe's object."""
    detail = method.get(method["type"]) or {}
    return {
        "type": method["type"],
        "livemode": bool(method.get("livemode")),
        "brand": detail.get("brand") or detail.get("bank_name") or "",
        "last4": detail.get("last4") or "",
        "exp_month": detail.get("exp_month"),
        "exp_year": detail.get("exp_year"),
        "country": detail.get("country") or "",
        # What has no fingerprint (a wallet's link) is never the same as another.
        "fingerprint": detail.get("fingerprint"),
    }


def default_of(customer: Snapshot) -> str:
    """Return the id of the default method of Stripe's customer, or an empty string."""
    return id_of((customer.get("invoice_settings") or {}).get("default_payment_method"))
