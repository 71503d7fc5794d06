"""Staff sees a dispute with its due date, and answers it once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from django_stripe_payments.models import AuditLogEntry, Dispute, Payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def disputed(payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]) -> Dispute:
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000259")
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    return Dispute.objects.get()


def staff_client(user: Any, *permissions: str) -> Client:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def page(dispute: Dispute, name: str) -> str:
    return reverse(f"admin:django_stripe_payments_dispute_{name}", args=[dispute.pk])


def test_staff_sees_the_due_date(admin_client: Client, disputed: Dispute) -> None:
    listed = admin_client.get(reverse("admin:django_stripe_payments_dispute_changelist"))
    assert disputed.stripe_id in listed.content.decode()
    shown = admin_client.get(page(disputed, "change")).content.decode()
    assert "Evidence due by" in shown
    assert page(disputed, "evidence") in shown


@pytest.mark.parametrize("chosen", ["open", "soon"])
def test_disputes_are_filtered_by_what_is_due(
    admin_client: Client, disputed: Dispute, chosen: str
) -> None:
    url = reverse("admin:django_stripe_payments_dispute_changelist")
    found = admin_client.get(url, {"evidence": chosen}).content.decode()
    assert (disputed.stripe_id in found) is (chosen == "open")


def test_a_draft_is_kept_and_then_submitted(
    admin_client: Client, disputed: Dispute, stripe_sandbox: Any
) -> None:
    url = page(disputed, "evidence")
    admin_client.post(url, {"product_description": "A seat", "save": "1"})
    assert "A seat</textarea>" in admin_client.get(url).content.decode()
    receipt = SimpleUploadedFile("receipt.pdf", b"%PDF-1.7", content_type="application/pdf")
    asked = admin_client.post(
        url, {"product_description": "A seat", "receipt": receipt, "submit": "1"}
    ).content.decode()
    theirs = stripe_sandbox.object(disputed.stripe_id)
    assert theirs["evidence_details"]["submission_count"] == 0
    assert "This is final" in asked
    assert "A seat" in asked
    assert "receipt.pdf" in asked
    admin_client.post(url, {"confirmed": "yes"})
    theirs = stripe_sandbox.object(disputed.stripe_id)
    assert theirs["evidence"]["product_description"] == "A seat"
    assert theirs["evidence"]["receipt"].startswith("file_")
    again = admin_client.post(url, {"uncategorized_text": "More", "submit": "1"}, follow=True)
    assert "already" in again.content.decode()
    assert theirs["evidence_details"]["submission_count"] == 1
    actors = AuditLogEntry.objects.filter(action="dispute.evidence_submitted")
    assert [entry.source for entry in actors] == ["admin"]


def test_the_form_starts_with_what_is_known(
    admin_client: Client, disputed: Dispute, user: Any
) -> None:
    shown = admin_client.get(page(disputed, "evidence")).content.decode()
    assert user.email in shown
    assert "A ticket</textarea>" in shown
    assert "Visa •••• 0259" in shown
    assert f"Payment {disputed.payment.pk} of $25.00" in shown  # type: ignore[union-attr]
    assert Dispute.objects.get().evidence == {}


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [([], 403), (["view_dispute"], 403), (["view_dispute", "submit_evidence"], 200)],
)
def test_evidence_needs_its_permission(
    disputed: Dispute, other_user: Any, permissions: list[str], expected: int
) -> None:
    client = staff_client(other_user, *permissions)
    assert client.get(page(disputed, "evidence")).status_code == expected
    posted = client.post(page(disputed, "evidence"), {"uncategorized_text": "x", "save": "1"})
    assert posted.status_code == (302 if expected == 200 else 403)
    confirmed = client.post(page(disputed, "evidence"), {"confirmed": "yes"})
    assert confirmed.status_code == (302 if expected == 200 else 403)


def test_who_is_not_staff_is_sent_to_the_log_in(disputed: Dispute, own_client: Client) -> None:
    assert own_client.get(page(disputed, "evidence")).status_code == 302


def test_a_dispute_that_is_not_there_is_a_404(admin_client: Client, disputed: Dispute) -> None:
    url = page(disputed, "evidence").replace(f"/{disputed.pk}/", "/999999/")
    assert admin_client.get(url).status_code == 404
