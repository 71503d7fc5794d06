"""Links to the pages of objects in Stripe's dashboard."""

from __future__ import annotations

from typing import Any

from ..conf import settings
from ..stripe_api.client import uses_sandbox

DASHBOARD = "https://dashboard.stripe.com"

#: Prefix of an id → the part of the dashboard that shows it.
PLACES = {
    "pi": "payments",
    "ch": "payments",
    "py": "payments",
    "cus": "customers",
    "po": "payouts",
    "evt": "events",
    "du": "disputes",
    "dp": "disputes",
}


def dashboard_link(row: Any) -> str:
    """Return the address of the row's object in Stripe's dashboard, in the row's mode.

    "" for an object without a page there, and where a sandbox plays Stripe.
    """
    stripe_id = getattr(row, "stripe_id", None) or ""
    place = PLACES.get(stripe_id.partition("_")[0])
    if place is None or settings.STRIPE_API_BASE or uses_sandbox():
        return ""
    account = getattr(row, "account", "")
    parts = [account, "" if row.livemode else "test", place, stripe_id]
    return "/".join([DASHBOARD, *filter(None, parts)])
