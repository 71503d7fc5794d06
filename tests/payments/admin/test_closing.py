"""Staff closes what can't be finished: after a question, with a reason and the permission."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from django_stripe_payments.models import (
    ApiOperation,
    AuditLogEntry,
    Fact,
    Payment,
    Refund,
    WebhookEvent,
)

pytestmark = pytest.mark.django_db

KINDS = ["webhookevent", "fact", "refund", "apioperation"]


@pytest.fixture
def stuck(payment: Payment) -> dict[str, Any]:
    """A row of each kind that waits for ever."""
    Fact.objects.all().delete()
    refund = Refund.objects.create(payment=payment, amount=100, currency="usd")
    return {
        "webhookevent": WebhookEvent.objects.create(
            stripe_id="evt_1", type="payout.paid", payload={}, created=timezone.now(), attempts=9
        ),
        "fact": Fact.objects.create(key="k", kind="payment_succeeded", payment=payment),
        "refund": refund,
        "apioperation": ApiOperation.objects.create(
            kind="refund.create", target=f"refund:{refund.pk}", status="unknown"
        ),
    }


def is_open(row: Any) -> bool:
    row.refresh_from_db()
    if isinstance(row, WebhookEvent):
        return row.finished_at is None
    if isinstance(row, Fact):
        return row.announced_at is None
    return row.status in ("pending", "unknown")


def close(client: Client, row: Any, **data: str) -> Any:
    page = f"/admin/django_stripe_payments/{row._meta.model_name}/"
    chosen = {"action": "close_rows", "_selected_action": str(row.pk), **data}
    return client.post(page, chosen, follow=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stuck_row_is_closed_with_a_reason_after_a_question(
    admin_client: Client, stuck: dict[str, Any], kind: str
) -> None:
    row = stuck[kind]
    asked = close(admin_client, row)
    assert "by hand?" in asked.content.decode()
    close(admin_client, row, confirmed="1")
    assert is_open(row), "without a reason"
    close(admin_client, row, confirmed="1", note="The account is gone.")
    assert not is_open(row)
    entry = AuditLogEntry.objects.get(action__endswith=".closed")
    assert entry.detail["note"] == "The account is gone."
    assert (entry.source, entry.actor is not None) == ("admin", True)
    again = close(admin_client, row, confirmed="1", note="Again.")
    assert "finished already" in again.content.decode()
    assert AuditLogEntry.objects.filter(action__endswith=".closed").count() == 1


def test_a_closed_refund_frees_its_amount_and_its_call(
    admin_client: Client, stuck: dict[str, Any]
) -> None:
    close(admin_client, stuck["refund"], confirmed="1", note="Paid in cash.")
    assert (stuck["refund"].status, is_open(stuck["refund"])) == ("pending", False)
    assert not is_open(stuck["apioperation"])


def test_a_refund_that_stripe_knows_is_not_closed(
    admin_client: Client, stuck: dict[str, Any]
) -> None:
    Refund.objects.update(stripe_id="re_1")
    close(admin_client, stuck["refund"], confirmed="1", note="No.")
    assert is_open(stuck["refund"])


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_permission_nothing_is_closed(stuck: dict[str, Any], kind: str) -> None:
    staff = get_user_model().objects.create_user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(codename=f"view_{kind}"))
    client = Client()
    client.force_login(staff)
    close(client, stuck[kind], confirmed="1", note="No.")
    assert is_open(stuck[kind])
    staff.user_permissions.add(Permission.objects.get(codename=f"close_{kind}"))
    close(client, stuck[kind], confirmed="1", note="Yes.")
    assert not is_open(stuck[kind])
