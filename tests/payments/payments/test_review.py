"""Staff looks at what a fraud rule or another sum at Stripe put before them, and notes it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from django_stripe_payments import signals
from django_stripe_payments.exceptions import ConcurrentUpdate, ReviewRefused
from django_stripe_payments.models import AuditLogEntry, Payment
from django_stripe_payments.payments import apply as payment_apply
from django_stripe_payments.payments.review import mark_reviewed
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.admin.test_actions import PAYMENTS, act

pytestmark = pytest.mark.django_db


@pytest.fixture
def odd(payment: Payment) -> Payment:
    """A payment that a rule found odd."""
    Payment.objects.update(review_reason="odd hour")
    payment.refresh_from_db()
    return payment


@pytest.fixture
def held(payment: Payment, stripe_sandbox: Any) -> Payment:
    """A payment whose intent somebody changed at Stripe."""
    change_at_stripe(payment, 2600)
    stripe_sandbox.deliver(Client())
    payment_apply.apply(payment)
    assert payment.review_reason == payment_apply.MISMATCH
    return payment


def change_at_stripe(payment: Payment, amount: int) -> None:
    get_client().v1.payment_intents.update(str(payment.stripe_id), {"amount": amount})


def test_an_action_notes_who_looked_and_at_what(
    admin_client: Client, admin_user: Any, odd: Payment
) -> None:
    question = act(admin_client, PAYMENTS, "review_payments", odd).content.decode()
    assert "odd hour" in question
    odd.refresh_from_db()
    assert odd.review_reason == "odd hour"
    act(admin_client, PAYMENTS, "review_payments", odd, confirmed="1")
    odd.refresh_from_db()
    assert odd.review_reason == ""
    entry = AuditLogEntry.objects.get(action="payment.reviewed")
    assert (entry.object_id, entry.actor, entry.source) == (str(odd.pk), admin_user, "admin")
    assert entry.detail == {"reason": "odd hour"}


@pytest.mark.parametrize("codenames", [["view_payment"], ["view_payment", "cancel_payment"]])
def test_it_needs_its_permission(other_user: Any, odd: Payment, codenames: list[str]) -> None:
    other_user.is_staff = True
    other_user.save()
    client = Client()
    client.force_login(other_user)
    for names, reason in ((codenames, "odd hour"), ([*codenames, "review_payment"], "")):
        other_user.user_permissions.set(Permission.objects.filter(codename__in=names))
        act(client, PAYMENTS, "review_payments", odd, confirmed="1")
        odd.refresh_from_db()
        assert odd.review_reason == reason


def test_what_waits_for_nobody_leaves_no_entry(payment: Payment) -> None:
    mark_reviewed(payment)
    assert not AuditLogEntry.objects.filter(action="payment.reviewed").exists()


def test_a_reason_that_came_after_the_look_stays(odd: Payment) -> None:
    Payment.objects.update(review_reason="odd name", version=odd.version + 1)
    with pytest.raises(ConcurrentUpdate):
        mark_reviewed(odd)
    odd.refresh_from_db()
    assert odd.review_reason == "odd name"
    assert not AuditLogEntry.objects.filter(action="payment.reviewed").exists()


def test_another_sum_at_stripe_is_not_settled_by_a_look(
    admin_client: Client, held: Payment
) -> None:
    page = act(admin_client, PAYMENTS, "review_payments", held, confirmed="1").content.decode()
    assert "different amount" in page
    with pytest.raises(ReviewRefused):
        mark_reviewed(held)
    held.refresh_from_db()
    assert held.review_reason == payment_apply.MISMATCH


def test_what_was_held_is_told_once_it_is_settled(
    held: Payment, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Payment] = []
    connect(signals.payment_succeeded, lambda payment, **_: heard.append(payment))
    change_at_stripe(held, 2500)
    stripe_sandbox.confirm(held.stripe_id)
    stripe_sandbox.deliver(Client())
    assert heard == []
    held.refresh_from_db()
    mark_reviewed(held)
    held.refresh_from_db()
    assert (held.status, held.review_reason) == ("succeeded", "")
    assert heard == [held]


def radar_event(payment: Payment, kind: str, number: int = 1) -> dict[str, Any]:
    is_open = kind == "opened"
    review = {
        "id": f"prv_{number}",
        "object": "review",
        "charge": None,
        "closed_reason": None if is_open else "approved",
        "created": 1_800_000_000,
        "livemode": False,
        "open": is_open,
        "opened_reason": "rule",
        "payment_intent": payment.stripe_id,
        "reason": "rule" if is_open else "approved",
    }
    return {
        "id": f"evt_{kind}_{number}",
        "object": "event",
        "type": f"review.{kind}",
        "created": 1_800_000_000,
        "livemode": False,
        "data": {"object": review},
    }


@pytest.mark.parametrize(
    ("order", "flagged"),
    [
        (["opened"], True),
        (["opened", "opened"], True),
        (["opened", "closed"], False),
        (["closed", "opened"], False),
        (["closed", "opened", "closed", "opened"], False),
    ],
)
def test_radars_review_flags_a_payment_until_it_is_closed(
    payment: Payment, deliver: Any, order: list[str], flagged: bool
) -> None:
    for kind in order:
        assert deliver(radar_event(payment, kind)).status_code == 200
    payment.refresh_from_db()
    assert payment.review_reason == ("Radar review prv_1: rule" if flagged else "")


def test_radars_review_replaces_no_other_reason(payment: Payment, deliver: Any) -> None:
    Payment.objects.update(review_reason="too many payments")
    for kind in ("opened", "closed"):
        deliver(radar_event(payment, kind))
    payment.refresh_from_db()
    assert payment.review_reason == "too many payments"
