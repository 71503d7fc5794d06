"""Signed deliveries of events about payments, each made from one example of Stripe's shape."""

import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

SECRET = "whsec_benchmarks"

EXAMPLE = (Path(__file__).parent.parent / "event.json").read_text()


def intent_id(number: int) -> str:
    return f"pi_benchmark{number}"


def event_about(number: int, copy: int = 0) -> dict[str, Any]:
    """Return ``payment_intent.succeeded`` of the payment of this number."""
    event: dict[str, Any] = json.loads(EXAMPLE)
    event["id"] = f"evt_benchmark{number}_{copy}"
    event["created"] = int(time.time())
    event["data"]["object"] |= {
        "id": intent_id(number),
        "latest_charge": f"ch_benchmark{number}",
        "payment_method": f"pm_benchmark{number}",
    }
    return event


def delivery(event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """Return the body that Stripe would post now, and the header that signs it."""
    body, now = json.dumps(event).encode(), int(time.time())
    signed = hmac.new(SECRET.encode(), b"%d.%s" % (now, body), hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={now},v1={signed}"}
