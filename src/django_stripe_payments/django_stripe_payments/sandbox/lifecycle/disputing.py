"""Disputes: a customer's bank takes the money back, and who gets it in the end."""

import copy

from ..shapes import dispute as shapes
from ..wire.errors import conflict
from ..wire.resource import Resource
from ..world.world import World
from . import fees
from .ledger import write_transaction

#: Network reason codes of Visa for Stripe's reasons.
NETWORK_REASONS = {"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6"}

#: Statuses in which evidence may still be given.
OPEN = ("needs_response", "warning_needs_response", "appeal_needs_response")

#: Statuses in which the bank decides.
REVIEWED = ("under_review", "warning_under_review", "appeal_under_review")

#: Stripe's documented texts, which decide a test dispute at once.
DECIDING_TEXTS = {"winning_evidence": "won", "losing_evidence": "lost"}


def open_dispute(
    world: World,
    charge: Resource,
    reason: str = "fraudulent",
    *,
    amount: int | None = None,
    inquiry: bool = False,
) -> Resource:
    """Dispute ``amount`` minor units of a charge (None: all). An inquiry moves no money yet."""
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise conflict("Only a captured charge can be disputed.", "charge_not_disputable")
    if charge["disputed"]:
        raise conflict(f"Charge {charge['id']} is disputed already.", "charge_already_disputed")
    details = charge["payment_method_details"]
    dispute = world.create(
        shapes.dispute,
        amount=charge["amount_captured"] if amount is None else amount,
        charge=charge["id"],
        currency=charge["currency"],
        is_charge_refundable=inquiry,
        payment_intent=charge["payment_intent"],
        payment_method_details=_details(details, reason, inquiry) if "card" in details else None,
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )
    with world.change("charge.updated", charge):
        charge["disputed"] = True
    world.store.note(charge["id"])["refundable"] = inquiry
    if not inquiry:
        _write_transaction(world, dispute, -dispute["amount"], fees.DISPUTE_FEE)
    world.emit("charge.dispute.created", dispute)
    if not inquiry:
        world.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _details(details: Resource, reason: str, inquiry: bool) -> Resource:
    return {
        "type": "card",
        "card": {
            "brand": details["card"]["brand"],
            "case_type": "inquiry" if inquiry else "chargeback",
            "network": details["card"]["network"],
            "network_reason_code": NETWORK_REASONS.get(reason, "10.4"),
        },
    }


def _write_transaction(world: World, dispute: Resource, amount: int, fee: int) -> None:
    word = "withdrawal" if amount < 0 else "reversal"
    transaction = write_transaction(
        world,
        amount=amount,
        fee=fee,
        currency=dispute["currency"],
        description=f"Chargeback {word} for {dispute['charge']}",
        reporting_category="dispute" if amount < 0 else "dispute_reversal",
        source=dispute["id"],
        type="adjustment",
    )
    dispute["balance_transactions"].append(copy.deepcopy(transaction))


def submit(world: World, dispute: Resource) -> None:
    """Hand the evidence to the bank, which happens once. The caller emits the change."""
    details = dispute["evidence_details"]
    details["submission_count"] += 1
    details["submission_method"] = "manual"
    dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    outcome = DECIDING_TEXTS.get(dispute["evidence"]["uncategorized_text"] or "")
    if outcome:
        world.afterwards(lambda: decide(world, dispute, outcome))


def check_open(world: World, dispute: Resource) -> None:
    """Refuse evidence that comes a second time, or too late."""
    details = dispute["evidence_details"]
    details["past_due"] = world.now() > details["due_by"]
    closed = details["past_due"] or details["submission_count"]
    if dispute["status"] not in OPEN or closed:
        raise conflict(
            f"This dispute has a status of {dispute['status']}; evidence can no longer be "
            "submitted.",
            "dispute_evidence_already_submitted",
        )


def concede(world: World, dispute: Resource) -> None:
    """The merchant gives up: a chargeback is lost, an inquiry ends. No money moves by this."""
    _check_undecided(dispute)
    is_inquiry = dispute["status"].startswith("warning_")
    _end(world, dispute, "warning_closed" if is_inquiry else "lost")


def decide(world: World, dispute: Resource, outcome: str) -> None:
    """The bank decides: ``outcome`` is "won" or "lost". A lost inquiry becomes a chargeback."""
    if outcome not in ("won", "lost"):
        raise ValueError(f"A dispute is won or lost, not {outcome!r}.")
    _check_undecided(dispute)
    if not dispute["status"].startswith("warning_"):
        _end(world, dispute, outcome)
        if outcome == "won":
            _write_transaction(world, dispute, dispute["amount"], 0)
            world.emit("charge.dispute.funds_reinstated", dispute)
    elif outcome == "won":
        _end(world, dispute, "warning_closed")
    else:
        _escalate(world, dispute)


def _check_undecided(dispute: Resource) -> None:
    if dispute["status"] not in OPEN + REVIEWED:
        raise conflict(f"The dispute is closed already: {dispute['status']}.", "dispute_closed")


def _end(world: World, dispute: Resource, status: str) -> None:
    with world.change("charge.dispute.closed", dispute):
        dispute["status"] = status


def _escalate(world: World, dispute: Resource) -> None:
    """The bank turns an inquiry into a chargeback, which takes the money."""
    world.store.note(dispute["charge"])["refundable"] = False
    with world.change("charge.dispute.updated", dispute):
        dispute["status"] = "needs_response"
        dispute["is_charge_refundable"] = False
        dispute["evidence_details"]["submission_count"] = 0
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
        _write_transaction(world, dispute, -dispute["amount"], fees.DISPUTE_FEE)
    world.emit("charge.dispute.funds_withdrawn", dispute)


def warn(world: World, charge: Resource) -> Resource:
    """The bank reports fraud before the charge is disputed."""
    warning = world.create(
        shapes.early_fraud_warning,
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
    )
    world.emit("radar.early_fraud_warning.created", warning)
    return warning
