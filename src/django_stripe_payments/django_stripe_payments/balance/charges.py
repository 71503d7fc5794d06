"""Charges: one attempt each to take money, kept with what the network answered.

News of a charge comes in any order. Each column only ever moves one way (a status becomes final,
a captured sum grows, an id appears), so that every order of the same news ends alike, and Stripe
need not be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from ..database import statements
from ..models import Charge, Payment
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of, intent_id
from ..stripe_api.timestamps import from_timestamp

Snapshot = Mapping[str, Any]


def fetch(stripe_id: str) -> Snapshot:
    """Return the charge as Stripe knows it now, as a plain dict."""
    with translated_errors():
        current: Snapshot = get_client().v1.charges.retrieve(stripe_id).to_dict()
    return current


def is_current(row: Charge | None, current: Snapshot) -> bool:
    """Whether the row says what the charge says, and names its payment."""
    if row is None or row.payment_id is None:
        return False
    news = _row(current, None)
    texts = (*DESCRIBED, "balance_transaction_id")
    return (
        row.amount_captured >= news.amount_captured
        and (row.status in Charge.FINAL_STATUSES or row.status == news.status)
        and all(getattr(row, name) >= getattr(news, name) for name in FLAGS)
        and all(getattr(news, name) in ("", getattr(row, name)) for name in texts)
    )


def apply(charge: Snapshot, payment: Payment | None, *, account: str = "") -> None:
    """Keep a charge as Stripe describes it; ``payment`` is the one that it is about, if any.

    One INSERT, and for a charge that is known one UPDATE, in the caller's transaction or in none.
    No Django signals are sent.
    """
    row = _row(charge, payment, account)
    if not statements.insert(row):
        _update(row)


def _row(charge: Snapshot, payment: Payment | None, account: str = "") -> Charge:
    return Charge(
        stripe_id=charge["id"],
        payment=payment,
        account=account,
        livemode=bool(charge.get("livemode")),
        intent_id=intent_id(charge),
        amount=charge["amount"],
        currency=charge["currency"],
        created=from_timestamp(charge["created"]),
        **_growing(charge),
        **_described(charge),
    )


def _update(news: Charge) -> None:
    """Move the columns of a known charge forward; what news says less is left as it is."""
    known = Charge.objects.filter(stripe_id=news.stripe_id)
    changes: dict[str, Any] = {
        "amount_captured": Greatest(F("amount_captured"), Value(news.amount_captured)),
        "status": _unless_final(news.status),
    }
    changes |= {name: True for name in FLAGS if getattr(news, name)}
    texts = {name: getattr(news, name) for name in (*DESCRIBED, "balance_transaction_id")}
    changes |= {name: text for name, text in texts.items() if text}
    if news.payment_id is not None:
        changes["payment"] = news.payment_id
    known.update(**changes)


def _unless_final(status: str) -> Case:
    return Case(When(status__in=Charge.FINAL_STATUSES, then=F("status")), default=Value(status))


def _growing(charge: Snapshot) -> dict[str, Any]:
    return {
        "amount_captured": charge.get("amount_captured") or 0,
        "status": charge["status"],
        "captured": bool(charge.get("captured")),
        "disputed": bool(charge.get("disputed")),
        "balance_transaction_id": id_of(charge.get("balance_transaction")),
    }


#: The columns that become true, and stay so.
FLAGS = ("captured", "disputed")

#: The columns that say how it was paid and what the network answered. They appear, and stay.
DESCRIBED = (
    "outcome_type",
    "network_status",
    "risk_level",
    "failure_code",
    "decline_code",
    "method_type",
    "brand",
    "last4",
    "wallet",
    "country",
)


def _described(charge: Snapshot) -> dict[str, str]:
    outcome = charge.get("outcome") or {}
    details = charge.get("payment_method_details") or {}
    method = str(details.get("type") or "")
    paid_with = details.get(method) or {}
    wallet = paid_with.get("wallet") or {}
    declined = charge["status"] == Charge.Status.FAILED
    texts = {
        "outcome_type": outcome.get("type"),
        "network_status": outcome.get("network_status"),
        "risk_level": outcome.get("risk_level"),
        "failure_code": charge.get("failure_code"),
        "decline_code": outcome.get("reason") if declined else "",
        "method_type": method,
        "brand": paid_with.get("brand"),
        "last4": paid_with.get("last4"),
        "wallet": wallet.get("type"),
        "country": paid_with.get("country"),
    }
    return {name: str(text or "") for name, text in texts.items()}
