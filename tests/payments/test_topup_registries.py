"""An app that mirrors another object of Stripe has the promises of the core by its registries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_stripe_payments import clock, reconcile
from django_stripe_payments.maintenance import health
from django_stripe_payments.maintenance.erasure import erase_user
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import Payment
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support import topups
from tests.payments.support.reconciling import content, told, writes
from tests.payments.topups import apply as topup_apply
from tests.payments.topups.models import Entry, Topup
from tests.payments.topups.participant import note
from tests.payments.topups.signals import topup_succeeded

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(stripe_sandbox: Any) -> str:
    """A top-up that succeeded, and whose events never arrived."""
    return get_client().v1.topups.create({"amount": 5000, "currency": "usd"}).id


def test_a_missed_event_is_found_by_a_sync(made: str, connect: Callable[..., None]) -> None:
    heard: list[str] = []
    connect(topup_succeeded, lambda topup, **named: heard.append(topup.stripe_id))
    report = reconcile.run(steps=["topups", "leftovers"])
    assert told(report) == {(made, "missing", "repaired")}
    assert (Topup.objects.get().status, heard) == ("succeeded", [made])


def test_a_second_sync_writes_nothing(made: str) -> None:
    reconcile.run()
    before = content()
    with CaptureQueriesContext(connection) as queries:
        assert reconcile.run().is_clean
    assert writes(queries) == []
    assert content() == before


def test_an_older_row_is_brought_up_to_date(made: str, deliver: Callable[..., Any]) -> None:
    reconcile.run(steps=["topups"])
    Topup.objects.update(status="pending")
    assert told(reconcile.run(steps=["topups"])) == {(made, "different", "repaired")}
    assert Topup.objects.get().status == "succeeded"


def test_a_sweep_asks_about_one_that_is_pending_for_long(made: str) -> None:
    pending = topups.topup("pending", id=made, created=int(clock.now().timestamp()))
    topups_apply(pending)
    assert sweep().others == {}
    with clock.shifted(timedelta(days=2)):
        assert sweep().others == {"topups": 1}
    assert Topup.objects.get().status == "succeeded"


def test_one_that_can_not_be_asked_about_keeps_no_other_waiting(made: str) -> None:
    topups_apply(topups.topup("pending", number=9, created=1))
    topups_apply(topups.topup("pending", id=made, created=2))
    result = sweep()
    assert (result.others, result.left) == ({"topups": 1}, 1)


def test_the_journal_of_a_payment_is_on_its_page_and_is_erased(
    payment: Payment, admin_client: Client, user: Any
) -> None:
    note(payment, "looked at")
    page = reverse("admin:django_stripe_payments_payment_change", args=[payment.pk])
    assert "<td>looked at</td>" in admin_client.get(page).content.decode()
    assert erase_user(user).others["journal"] >= 1
    assert not Entry.objects.filter(about=f"payment:{payment.pk}", what="looked at").exists()


def test_what_the_bank_refused_is_counted(deliver: Callable[..., Any]) -> None:
    assert deliver(topups.event("failed")).status_code == 200
    assert health.status().others == {"failed_topups": 1}


def topups_apply(news: dict[str, Any]) -> None:

    topup_apply.apply(news)
