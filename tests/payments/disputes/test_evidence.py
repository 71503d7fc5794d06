"""What staff gave as evidence is not lost when something fails or somebody else submits."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_stripe_payments.disputes import evidence
from django_stripe_payments.exceptions import EvidenceRefused, StripePaymentsError
from django_stripe_payments.models import AuditLogEntry, Dispute, EvidenceFile, Fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def dispute() -> Dispute:
    """A dispute that needs a response in an hour."""
    return Dispute.objects.create(
        stripe_id="du_1",
        amount=2500,
        currency="usd",
        status="needs_response",
        evidence_due_by=timezone.now() + timedelta(hours=1),
    )


def receipt(dispute: Dispute, name: str) -> EvidenceFile:
    content = io.BytesIO(b"%PDF-1.7")
    content.name = name
    return evidence.add_file(
        dispute, "receipt", name, content, size=8, content_type="application/pdf"
    )


def test_a_file_takes_the_place_of_an_earlier_one(dispute: Dispute, stripe_sandbox: Any) -> None:
    receipt(dispute, "first.pdf")
    second = receipt(dispute, "second.pdf")
    assert list(dispute.files.values_list("name", "stripe_id")) == [
        ("second.pdf", second.stripe_id)
    ]


def test_a_file_stays_when_the_one_after_it_does_not_arrive(
    dispute: Dispute, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    first = receipt(dispute, "first.pdf")
    stripe_sandbox.faults.add("error", method="POST", path="/v1/files", status=500)
    with pytest.raises(StripePaymentsError):
        receipt(dispute, "second.pdf")
    assert list(dispute.files.values_list("name", "stripe_id")) == [("first.pdf", first.stripe_id)]


def test_words_that_come_after_a_submission_are_refused_and_not_logged(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch
) -> None:
    def submitted_meanwhile(dispute: Dispute) -> None:
        Dispute.objects.update(submitted_at=timezone.now())

    monkeypatch.setattr(evidence, "require_open", submitted_meanwhile)
    with pytest.raises(EvidenceRefused, match="already"):
        evidence.stage(dispute, {"uncategorized_text": "They played."})
    assert not AuditLogEntry.objects.exists()


def test_what_was_submitted_in_the_dashboard_is_not_submitted_again(dispute: Dispute) -> None:
    Dispute.objects.update(submission_count=1)
    with pytest.raises(EvidenceRefused, match="already"):
        evidence.stage(dispute, {"uncategorized_text": "They played."})


def test_nobody_is_reminded_of_evidence_that_was_submitted(dispute: Dispute) -> None:
    Dispute.objects.update(submitted_at=timezone.now())
    call_command("stripe_deliver")
    assert not Fact.objects.filter(kind="dispute_evidence_due").exists()
