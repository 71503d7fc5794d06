"""What the tests of the app that mirrors top-ups share."""

from typing import Any

CREATED = 1_790_000_000


def topup(status: str, number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a top-up of $50.00 in Stripe's shape."""
    return {
        "id": f"tu_{number}",
        "object": "topup",
        "amount": 5000,
        "balance_transaction": None,
        "created": CREATED,
        "currency": "usd",
        "description": "Top-up",
        "failure_code": "insufficient_funds" if status == "failed" else None,
        "livemode": False,
        "metadata": {},
        "status": status,
        **changes,
    }


def event(kind: str, status: str = "", number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a ``topup.*`` event in Stripe's shape: of the kind "succeeded", for example."""
    return {
        "id": f"evt_tu_{number}_{kind}",
        "object": "event",
        "type": f"topup.{kind}",
        "api_version": "2026-10-28.endive",
        # All of the same second: nothing may depend on it.
        "created": CREATED,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "data": {"object": topup(status or kind, number)},
        **changes,
    }
