"""Rows are inserted once, and whoever inserted them knows."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models.signals import post_save

from django_stripe_payments import audit, clock, signals
from django_stripe_payments.database import statements
from django_stripe_payments.exceptions import AuditLogSealed
from django_stripe_payments.facts import store as fact_store
from django_stripe_payments.models import AuditLogEntry, Fact, Payment, WebhookEvent

pytestmark = pytest.mark.django_db


def failed(payment: Payment, attempt: str) -> Fact:
    return fact_store.make("payment_failed", payment, detail=attempt)


def test_new_rows_have_their_keys(payment: Payment) -> None:
    made = [failed(payment, "ch_1"), failed(payment, "ch_2")]
    assert statements.insert(*made)
    assert [Fact.objects.get(pk=fact.pk).key for fact in made] == [fact.key for fact in made]
    made[0].overtaken = True
    made[0].save()
    assert Fact.objects.filter(overtaken=True).count() == 1


def test_a_row_that_is_there_stays_as_it_is_and_the_others_are_inserted(payment: Payment) -> None:
    statements.insert(failed(payment, "ch_1"))
    again = failed(payment, "ch_1")
    again.overtaken = True
    assert not statements.insert(again, failed(payment, "ch_2"))
    assert again.pk is None
    stored = Fact.objects.filter(kind="payment_failed")
    assert list(stored.values_list("overtaken", flat=True)) == [False, False]


def test_a_row_is_found_as_the_orm_reads_it(payment: Payment) -> None:
    payment.metadata = {"seat": "100 %", "rows": [1, None]}
    payment.save()
    found = statements.find(Payment, "stripe_id", str(payment.stripe_id))
    assert found == payment
    assert not found.get_deferred_fields()
    stored = Payment.objects.values().get(pk=payment.pk)
    assert {name: getattr(found, name) for name in stored} == stored
    found.description = "Seat 7"
    found.save()
    assert Payment.objects.get(pk=payment.pk).description == "Seat 7"


def test_a_row_that_does_not_exist_is_not_found(payment: Payment) -> None:
    assert statements.find(Payment, "stripe_id", "pi_other") is None


def test_only_the_rows_that_meet_every_condition_are_updated(payment: Payment) -> None:
    other = Payment.objects.create(payment_type="tip", amount=700, currency="usd")
    count = "amount > %s"
    for where, least in [
        ({"pk": payment.pk, "currency": "eur"}, 0),
        ({"pk": payment.pk, "stripe_id": None}, 0),
        ({"pk": payment.pk, "user": None}, payment.amount),
    ]:
        changes = {"description": "Seat 7"}
        assert statements.update(Payment, changes, where, count, [least]) == 0
    assert not Payment.objects.filter(description="Seat 7").exists()
    changes = {"metadata": {"seat": [7]}, "user": None, "succeeded_at": clock.now()}
    assert statements.update(Payment, changes, {"stripe_id": None, "canceled_at": None}) == 1
    other.refresh_from_db()
    assert {name: getattr(other, name) for name in changes} == changes
    assert statements.update(Payment, {"amount": 1}, {"currency": "usd"}) == 2


@pytest.fixture
def silent_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As MySQL, which does not tell what an INSERT stored."""
    features = type(connection.features)
    monkeypatch.setattr(features, "can_return_rows_from_bulk_insert", False)
    statements._insert.cache_clear()
    yield
    statements._insert.cache_clear()


def test_a_database_that_does_not_tell_what_is_new_is_asked(
    silent_database: None,
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    heard: list[Any] = []
    connect(signals.payment_succeeded, lambda **named: heard.append(named["payment"]))
    stripe_sandbox.confirm(payment.stripe_id)
    (paid,) = stripe_sandbox.events("payment_intent.succeeded")
    for _ in range(2):
        assert deliver(paid).status_code == 200
    assert heard == [payment]
    assert WebhookEvent.objects.get().finished_at is not None


def test_an_entry_of_the_audit_log_has_its_key_and_cannot_be_saved_again(payment: Payment) -> None:
    entry = audit.record("payment.seen", payment)
    assert AuditLogEntry.objects.get(pk=entry.pk).action == "payment.seen"
    with pytest.raises(AuditLogSealed):
        entry.save()


def test_a_site_hears_of_each_entry_of_the_audit_log(payment: Payment) -> None:
    passed_on: list[AuditLogEntry] = []

    def listen(instance: AuditLogEntry, **named: Any) -> None:
        passed_on.append(instance)

    post_save.connect(listen, sender=AuditLogEntry)
    try:
        entry = audit.record("payment.seen", payment)
    finally:
        post_save.disconnect(listen, sender=AuditLogEntry)
    assert passed_on == [entry]
