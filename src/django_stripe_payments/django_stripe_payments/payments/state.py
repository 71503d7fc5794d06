"""What a PaymentIntent says about a payment: pure functions, no database, no network.

News of a payment arrives in any order, twice, and late. Two rules make every order end alike:

- *succeeded* and *canceled* are final, and *succeeded* is stronger: money that arrived has
  arrived. They are believed from any event, however old.
- Every other status is only believed from the object as it is now, never from an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..logs.outside import storable
from ..models import Payment
from ..stripe_api.lookup import id_of
from . import instructions

Intent = Mapping[str, Any]
Status = Payment.Status

_FINALITY = {Status.SUCCEEDED: 2, Status.CANCELED: 1}


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A fact that an intent states: the signal's name, and what tells two of them apart."""

    kind: str
    detail: str = ""


def facts_of(intent: Intent) -> list[StatedFact]:
    """Return the facts that the intent states by its status.

    An event and the API state the same fact in the same words, so that it is one fact. What
    can happen again on one payment is told apart by the charge or the payment method.
    """
    status = intent["status"]
    method = id_of(intent.get("payment_method"))
    match status:
        case Status.SUCCEEDED:
            return [StatedFact("payment_succeeded")]
        case Status.CANCELED:
            return [StatedFact("payment_canceled")]
        case Status.REQUIRES_CAPTURE:
            return [StatedFact("payment_authorized")]
        case Status.PROCESSING:
            return [StatedFact("payment_processing", method)]
        case Status.REQUIRES_ACTION:
            return [StatedFact("payment_requires_action", method)]
        case Status.REQUIRES_PAYMENT_METHOD if intent.get("last_payment_error"):
            error = intent["last_payment_error"]
            return [StatedFact(_failure(error), _failed_attempt(error))]
        case _:
            return []


def is_final(status: str) -> bool:
    """Whether a status may be believed from an event, whatever its age."""
    return status in _FINALITY


def next_status(current: str, news: str) -> str:
    """Return the status after ``news`` that is final, or that was read just now."""
    return current if _FINALITY.get(current, 0) > _FINALITY.get(news, 0) else news  # type: ignore[call-overload]


def fields_of(intent: Intent) -> dict[str, Any]:
    """Return the columns of Payment that follow the intent's status.

    What the intent leaves out is not known to be nothing, and has no column here.
    """
    error = intent.get("last_payment_error") or {}
    page, deadline = instructions.of_intent(intent)
    columns = {
        "status": intent["status"],
        "amount_received": intent.get("amount_received") or 0,
        "amount_capturable": intent.get("amount_capturable") or 0,
        "charge_id": id_of(intent.get("latest_charge")),
        "failure_code": error.get("decline_code") or error.get("code") or "",
        "failure_message": storable(str(error.get("message") or "")),
        "instructions_url": page,
        "pay_until": deadline,
        "livemode": bool(intent.get("livemode")),
    }
    return {name: value for name, value in columns.items() if SOURCES[name] in intent}


#: Column → the key of an intent that says it.
SOURCES = {
    "status": "status",
    "amount_received": "amount_received",
    "amount_capturable": "amount_capturable",
    "charge_id": "latest_charge",
    "failure_code": "last_payment_error",
    "failure_message": "last_payment_error",
    "instructions_url": "next_action",
    "pay_until": "next_action",
    "livemode": "livemode",
}


def _failure(error: Mapping[str, Any]) -> str:
    # The bank of a saved card wants its owner: no failure yet, if they come and confirm.
    wants_owner = error.get("code") == "authentication_required"
    return "payment_authentication_required" if wants_owner else "payment_failed"


def _failed_attempt(error: Mapping[str, Any]) -> str:
    # A decline has a charge. A failed authentication has none, and names its payment method.
    charge, method = id_of(error.get("charge")), id_of(error.get("payment_method"))
    return charge or method or error.get("code") or ""
