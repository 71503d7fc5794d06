"""Disputes are mirrored in any order, announced once, and answered once."""

import io
import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_stripe_payments import signals
from django_stripe_payments.disputes import apply as dispute_apply
from django_stripe_payments.disputes import evidence
from django_stripe_payments.exceptions import EvidenceRefused, OutcomeUnknown
from django_stripe_payments.models import Dispute, Payment, WebhookEvent
from django_stripe_payments.refunds import apply as refund_apply
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

DISPUTED_CARD = "4000000000000259"


@pytest.fixture
def disputed(payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]) -> Dispute:
    """A dispute of ``payment`` that needs a response."""
    stripe_sandbox.confirm(payment.stripe_id, DISPUTED_CARD)
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    return Dispute.objects.get()


def dispute_events(sandbox: Any) -> list[dict[str, Any]]:
    return [e for e in sandbox.events() if e["type"].startswith("charge.dispute")]


def test_a_dispute_belongs_to_its_payment(disputed: Dispute, payment: Payment) -> None:
    assert disputed.payment == payment
    assert (disputed.amount, disputed.currency) == (2500, "usd")
    assert disputed.status == "needs_response"
    assert disputed.evidence_due_by is not None


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_every_order_of_a_disputes_events_ends_alike(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], outcome: str
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, DISPUTED_CARD)
    opened = dispute_events(stripe_sandbox)[0]["data"]["object"]["id"]
    stripe_sandbox.close_dispute(opened, outcome)
    events = dispute_events(stripe_sandbox)
    ends = []
    for order in itertools.permutations(events):
        for event in (*order, order[0]):
            assert deliver(event).status_code == 200
        dispute = Dispute.objects.get()
        # The key without the row's id, which differs from one round to the next.
        facts = sorted((fact.kind, *fact.key.split(":")[2:]) for fact in dispute.facts.all())
        payment.refresh_from_db()
        ends.append((dispute.status, facts, payment.amount_disputed))
        Dispute.objects.all().delete()
        WebhookEvent.objects.all().delete()
    assert ends[0][0] == outcome
    kinds = [kind for kind, *_ in ends[0][1]]
    reinstated = ["dispute_funds_reinstated"] if outcome == "won" else []
    assert kinds == [
        "dispute_closed",
        *reinstated,
        "dispute_funds_withdrawn",
        "dispute_opened",
    ]
    assert all(end == ends[0] for end in ends)


def test_each_fact_of_a_dispute_is_announced_once(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    heard: list[tuple[str, Any]] = []
    for name in ("dispute_opened", "dispute_funds_withdrawn", "dispute_closed"):
        connect(
            getattr(signals, name),
            lambda fact, dispute, payment, **named: heard.append((fact.kind, payment)),
            dispatch_uid=name,
        )
    stripe_sandbox.confirm(payment.stripe_id, DISPUTED_CARD)
    stripe_sandbox.close_dispute(dispute_events(stripe_sandbox)[0]["data"]["object"]["id"], "lost")
    for event in dispute_events(stripe_sandbox) * 2:
        assert deliver(event).status_code == 200
    assert sorted(heard, key=str) == sorted(
        [(f"dispute_{what}", payment) for what in ("opened", "funds_withdrawn", "closed")], key=str
    )


def set_status(sandbox: Any, dispute: Dispute, status: str) -> None:
    """The bank says so, and we look."""
    sandbox.world.store.find("dispute", dispute.stripe_id)["status"] = status
    dispute_apply.apply(sandbox.object(dispute.stripe_id))
    dispute.refresh_from_db()


@pytest.mark.parametrize("status", [*Dispute.Status.values, "one that Stripe adds"])
def test_every_status_is_mirrored(disputed: Dispute, stripe_sandbox: Any, status: str) -> None:
    set_status(stripe_sandbox, disputed, status)
    closed = disputed.facts.filter(kind="dispute_closed").exists()
    ends = {"won", "lost", "prevented", "warning_closed"}
    assert (disputed.status, closed) == (status, status in ends)


def test_an_appeal_is_decided_again(disputed: Dispute, stripe_sandbox: Any) -> None:
    for status in ("lost", "appeal_needs_response", "appeal_under_review", "won"):
        set_status(stripe_sandbox, disputed, status)
    assert disputed.facts.filter(kind="dispute_closed").count() == 2


def test_staged_evidence_stays_here(disputed: Dispute, stripe_sandbox: Any) -> None:
    evidence.stage(disputed, {"product_description": "A seat at the final", "service_date": " "})
    disputed.refresh_from_db()
    assert disputed.evidence == {"product_description": "A seat at the final"}
    assert stripe_sandbox.object(disputed.stripe_id)["evidence"]["product_description"] is None


def test_submitted_evidence_reaches_stripe_with_its_files(
    disputed: Dispute, stripe_sandbox: Any
) -> None:
    evidence.stage(disputed, {"product_description": "A seat at the final"})
    content = io.BytesIO(b"%PDF-1.7 receipt")
    content.name = "receipt.pdf"
    added = evidence.add_file(
        disputed, "receipt", "receipt.pdf", content, size=16, content_type="application/pdf"
    )
    evidence.submit(disputed)
    theirs = stripe_sandbox.object(disputed.stripe_id)["evidence"]
    assert theirs["product_description"] == "A seat at the final"
    assert theirs["receipt"] == added.stripe_id
    assert disputed.submitted_at is not None


def test_evidence_is_refused_a_second_time(disputed: Dispute) -> None:
    evidence.stage(disputed, {"uncategorized_text": "They played."})
    evidence.submit(disputed)
    with pytest.raises(EvidenceRefused, match="already"):
        evidence.submit(disputed)
    with pytest.raises(EvidenceRefused, match="already"):
        evidence.stage(disputed, {"uncategorized_text": "More."})


def test_a_lost_answer_to_a_submission_is_found_out(
    disputed: Dispute, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    evidence.stage(disputed, {"uncategorized_text": "They played."})
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/disputes", times=1)
    with pytest.raises(OutcomeUnknown):
        evidence.submit(disputed)
    evidence.submit(disputed)
    theirs = stripe_sandbox.object(disputed.stripe_id)["evidence_details"]
    assert theirs["submission_count"] == 1


@pytest.mark.parametrize("texts", [{"verdict": "innocent"}, {"uncategorized_text": "x" * 150_001}])
def test_what_stripe_would_refuse_is_refused_here(disputed: Dispute, texts: Any) -> None:
    with pytest.raises(EvidenceRefused):
        evidence.stage(disputed, texts)


@pytest.mark.parametrize(
    ("purpose", "size", "content_type"),
    [
        ("photo", 1, "image/png"),
        ("receipt", 1, "text/html"),
        ("receipt", 5 * 1024 * 1024 + 1, "application/pdf"),
    ],
)
def test_a_file_that_stripe_would_refuse_is_refused_here(
    disputed: Dispute, purpose: str, size: int, content_type: str
) -> None:
    with pytest.raises(EvidenceRefused):
        evidence.add_file(
            disputed, purpose, "x", io.BytesIO(b"x"), size=size, content_type=content_type
        )


def test_nothing_is_submitted_to_a_closed_dispute(
    disputed: Dispute, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    stripe_sandbox.close_dispute(disputed.stripe_id, "lost")
    deliver(stripe_sandbox.events("charge.dispute.closed")[0])
    with pytest.raises(EvidenceRefused):
        evidence.stage(disputed, {"uncategorized_text": "They played."})


def test_an_inquiry_that_becomes_a_dispute_is_answered_again(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_DISPUTE_DEADLINE_LEAD = 30 * 86_400
    stripe_sandbox.confirm(payment.stripe_id, "4000000000001976")
    deliver(dispute_events(stripe_sandbox)[0])
    inquiry = evidence.stage(Dispute.objects.get(), {"uncategorized_text": "They played."})
    evidence.submit(inquiry)
    stripe_sandbox.close_dispute(inquiry.stripe_id, "lost")
    deliver(dispute_events(stripe_sandbox)[-1])
    call_command("stripe_deliver")
    escalated = Dispute.objects.get()
    assert (escalated.status, escalated.submitted_at) == ("needs_response", None)
    assert escalated.facts.filter(kind="dispute_evidence_due").exists()
    evidence.submit(escalated)
    theirs = stripe_sandbox.object(inquiry.stripe_id)
    assert (theirs["status"], theirs["evidence_details"]["submission_count"]) == ("under_review", 1)


def test_an_appeal_is_reminded_of_and_takes_no_ordinary_evidence(
    disputed: Dispute, stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_DISPUTE_DEADLINE_LEAD = 30 * 86_400
    evidence.submit(evidence.stage(disputed, {"uncategorized_text": "They played."}))
    stripe_sandbox.close_dispute(disputed.stripe_id, "lost")
    store = stripe_sandbox.world.store
    store.find("dispute", disputed.stripe_id)["status"] = "appeal_needs_response"
    deliver(dispute_events(stripe_sandbox)[-1])
    call_command("stripe_deliver")
    assert disputed.facts.filter(kind="dispute_evidence_due").exists()
    with pytest.raises(EvidenceRefused, match="appeal"):
        evidence.stage(disputed, {"uncategorized_text": "More."})


def test_a_deadline_is_told_once_at_its_lead_time(
    disputed: Dispute, connect: Callable[..., None], settings: Any
) -> None:
    heard: list[Dispute] = []
    connect(signals.dispute_evidence_due, lambda dispute, **named: heard.append(dispute))
    settings.STRIPE_DISPUTE_DEADLINE_LEAD = 3600
    Dispute.objects.update(evidence_due_by=timezone.now() + timedelta(minutes=61))
    call_command("stripe_deliver")
    assert heard == []
    Dispute.objects.update(evidence_due_by=timezone.now() + timedelta(minutes=59))
    call_command("stripe_deliver")
    call_command("stripe_deliver")
    assert heard == [disputed]


def test_nobody_is_reminded_when_it_is_too_late(disputed: Dispute) -> None:
    Dispute.objects.update(evidence_due_by=timezone.now() - timedelta(minutes=1))
    call_command("stripe_deliver")
    assert not disputed.facts.filter(kind="dispute_evidence_due").exists()


@pytest.fixture
def warned(payment: Payment, stripe_sandbox: Any, settings: Any) -> dict[str, Any]:
    """The event of a fraud warning of ``payment``, on a site that wants to refund those."""
    settings.STRIPE_REFUND_ON_EARLY_FRAUD_WARNING = True
    stripe_sandbox.confirm(payment.stripe_id, "4000000000005423")
    StripeService.confirm_payment(payment)
    event: dict[str, Any] = stripe_sandbox.events("radar.early_fraud_warning.created")[0]
    return event


def test_a_warning_that_comes_too_late_refunds_nothing(
    warned: dict[str, Any], payment: Payment, deliver: Callable[..., Any]
) -> None:
    """The charge is disputed or refunded already."""
    warned["data"]["object"]["actionable"] = False
    assert deliver(warned).status_code == 200
    assert payment.facts.filter(kind="early_fraud_warning").exists()
    assert not payment.refunds.exists()


def test_a_warning_refunds_nothing_unless_the_site_says_so(
    warned: dict[str, Any], payment: Payment, deliver: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_REFUND_ON_EARLY_FRAUD_WARNING = False
    assert deliver(warned).status_code == 200
    assert payment.facts.filter(kind="early_fraud_warning").exists()
    assert not payment.refunds.exists()


def test_a_warning_refunds_once_whatever_became_of_the_refund(
    warned: dict[str, Any], payment: Payment, deliver: Callable[..., Any]
) -> None:
    assert deliver(warned).status_code == 200
    refund_apply.apply(
        {"id": payment.refunds.get().stripe_id, "payment_intent": payment.stripe_id}
        | {"amount": 2500, "currency": "usd", "status": "failed"}
    )
    assert deliver({**warned, "id": "evt_again"}).status_code == 200
    assert payment.refunds.get().status == "failed"


def test_a_fraud_warning_is_announced_and_refunds_if_the_site_wants_that(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    settings: Any,
) -> None:
    settings.STRIPE_REFUND_ON_EARLY_FRAUD_WARNING = True
    heard: list[Payment] = []
    connect(signals.early_fraud_warning, lambda payment, **named: heard.append(payment))
    stripe_sandbox.confirm(payment.stripe_id, "4000000000005423")
    StripeService.confirm_payment(payment)
    warnings = stripe_sandbox.events("radar.early_fraud_warning.created")
    assert warnings
    for event in warnings * 2:
        assert deliver(event).status_code == 200
    assert heard == [payment]
    payment.refresh_from_db()
    assert payment.amount_refunded == 2500
    assert payment.refunds.count() == 1
