"""Rows that fail for ever, and rows that kill: what is behind them must not wait for them."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import requests

from django_stripe_payments.sandbox.delivery import signatures

VARIABLE = "CHAOS_FOLDER"

#: Events of a shape that nobody expected, signed as Stripe signs. Their ids begin like this.
ODD = "evt_odd_"
SHAPES: dict[str, dict[str, Any]] = {
    "reason_is_text": {"reason": "manual"},
    "object_without_id": {"data": {"object": {"object": "payment_intent"}}},
    "charge_is_a_list": {
        "data": {"object": {"object": "payment_intent", "id": "pi_odd", "latest_charge": [1]}}
    },
}

#: One fact in so many kills whoever announces it, so often. Then the mistake is found and fixed.
EVERY, DEATHS = 12, 3


def post_odd_events(site: str, secret: str) -> dict[str, str]:
    """Deliver each; return the answer, or how the process that got it ended."""
    return {name: _post(site, secret, name, shape) for name, shape in SHAPES.items()}


def _post(site: str, secret: str, name: str, shape: dict[str, Any]) -> str:
    event = {
        "id": f"{ODD}{name}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": 1767225600,
        "livemode": False,
        "data": {"object": {"object": "payment_intent", "id": "pi_odd"}},
        **shape,
    }
    body, headers = signatures.signed(event, secret)
    assert json.loads(body)
    for _ in range(100):
        try:
            answer = requests.post(f"{site}/payments/webhook/", body, headers=headers, timeout=15)
        except requests.RequestException:  # killed, or not up yet
            continue
        return str(answer.status_code)
    return "no answer"


def meet(name: str) -> None:
    """Kill this process, unless this name has killed as often as it may."""
    path = Path(os.environ[VARIABLE]) / f"deaths-{name}"
    deaths = path.stat().st_size if path.exists() else 0
    if deaths < DEATHS:
        with path.open("ab") as file:
            file.write(b".")
        os.kill(os.getpid(), signal.SIGKILL)


def deaths(folder: Path) -> int:
    """Return how many processes were killed by what they worked on."""
    return sum(path.stat().st_size for path in folder.glob("deaths-*"))
