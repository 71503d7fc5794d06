"""Any app may register kinds of facts; one that is not registered here stops nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from django_stripe_payments import signals
from django_stripe_payments.doctor import facts as doctor_facts
from django_stripe_payments.facts import kinds
from django_stripe_payments.facts import store as fact_store
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import (
    Dispute,
    Fact,
    Payment,
    Payout,
    ReceiverDelivery,
    WebhookEvent,
)
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import FactSignal
from tests.payments.support.refunding import paid_payment
from tests.payments.support.topups import topup
from tests.payments.topups import apply as topup_apply
from tests.payments.topups.models import Topup
from tests.payments.topups.signals import topup_succeeded

pytestmark = pytest.mark.django_db

TOPUP = kinds.registered()["topup_succeeded"]


@pytest.fixture
def topups_stay() -> Iterator[None]:
    """What the test takes from the registry is there again for the next one."""
    yield
    register_again(TOPUP)


def register_again(kind: kinds.FactKind) -> None:
    kinds.register(kind.name, signal=kind.signal, subject=kind.subject, provides=kind.provides)


def pending_topup(connect: Callable[..., None]) -> list[Any]:
    """Write a fact that nobody has heard of yet; return what its receiver hears."""
    heard: list[Any] = []
    connect(topup_succeeded, lambda topup, **named: heard.append((topup, named["fact"])))
    topup_apply.apply(topup("succeeded"))
    heard.clear()
    ReceiverDelivery.objects.all().delete()
    Fact.objects.update(announced_at=None)
    return heard


def test_a_fact_names_its_subject_by_kind_and_key(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    fact = payment.facts.get(kind="payment_succeeded")
    assert (fact.subject_type, fact.subject_id) == ("payment", str(payment.pk))
    assert fact.object_id == payment.stripe_id
    mirrored = topup_apply.apply(topup("succeeded"))
    of_topup = Fact.objects.get(kind="topup_succeeded")
    assert (of_topup.subject_type, of_topup.subject_id) == ("topups.topup", str(mirrored.pk))
    assert (of_topup.object_id, of_topup.payment) == ("tu_1", None)
    assert kinds.subject_of(Fact.objects.get(pk=of_topup.pk)) == mirrored


def test_the_fact_of_a_refund_belongs_to_its_payment(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    refund = StripeService.refund_payment(payment)
    assert list(payment.facts.filter(subject_type="refund")) == list(refund.facts)
    assert kinds.subject_of(refund.facts.get()) == refund


def test_the_receiver_of_an_opt_in_apps_fact_gets_its_row(connect: Callable[..., None]) -> None:
    heard: list[Any] = []
    connect(
        topup_succeeded,
        lambda sender, topup, event, fact, **named: heard.append((sender, topup, event, fact)),
    )
    row = topup_apply.apply(topup("succeeded"))
    assert heard == [(Topup, row, None, Fact.objects.get())]


@pytest.mark.parametrize("what", ["refund", "dispute", "method", "customer", "payout", "topup"])
def test_a_row_takes_its_facts_along(
    user: Any, stripe_sandbox: Any, client: Any, what: str
) -> None:
    row = made(what, user, stripe_sandbox, client)
    assert row.facts.exists()
    others = Fact.objects.exclude(pk__in=[fact.pk for fact in row.facts])
    left = set(others.values_list("key", flat=True))
    about = {"subject_type": row.facts[0].subject_type, "subject_id": str(row.pk)}
    row.delete()
    assert not Fact.objects.filter(**about).exists()
    assert set(Fact.objects.values_list("key", flat=True)) == left


def made(what: str, user: Any, sandbox: Any, client: Any) -> Any:
    """Return a row of each kind that facts are about, and that nothing else needs."""
    if what == "topup":
        return topup_apply.apply(topup("succeeded"))
    if what == "customer":
        return StripeService.get_or_create_customer(user)
    if what == "method":
        return StripeService.add_payment_method(user, "pm_card_visa")
    payment = paid_payment(sandbox, user)
    if what == "refund":
        return StripeService.refund_payment(payment)
    if what == "dispute":
        sandbox.dispute(payment.stripe_id)
    else:
        sandbox.finish_payout(sandbox.pay_out()["id"])
    sandbox.deliver(client)
    return (Dispute if what == "dispute" else Payout).objects.get()


def test_a_payment_takes_the_facts_of_its_refunds_along(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    refund = StripeService.refund_payment(payment)
    refund.delete()
    Payment.objects.filter(pk=payment.pk).delete()
    assert not Fact.objects.filter(subject_type__in=["payment", "refund"]).exists()


def test_facts_of_a_kind_that_nothing_registers_stop_no_sweep(
    connect: Callable[..., None], topups_stay: None
) -> None:
    heard = pending_topup(connect)
    kinds.unregister("topup_succeeded")
    result = sweep()
    assert (result.facts, result.left, heard) == (0, 0, [])
    assert Fact.objects.get().announced_at is None
    [(_about, text, advice)] = doctor_facts.findings()
    assert "1 facts of kind topup_succeeded" in text
    assert advice
    # The app is back.
    register_again(TOPUP)
    assert sweep().facts == 1
    assert len(heard) == 1
    assert not list(doctor_facts.findings())


def test_an_event_does_not_wait_for_a_fact_of_an_unknown_kind(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], connect: Any
) -> None:
    connect(signals.payment_succeeded, lambda **named: None)
    Fact.objects.create(
        key="x", kind="of_a_newer_version", payment=payment, object_id=str(payment.stripe_id)
    )
    stripe_sandbox.confirm(payment.stripe_id)
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    assert not WebhookEvent.objects.filter(finished_at=None).exists()
    assert Fact.objects.get(key="x").announced_at is None


def test_a_later_event_announces_what_is_pending_of_its_object(
    deliver: Callable[..., Any], connect: Callable[..., None], user: Any, stripe_sandbox: Any
) -> None:
    """As for a payment: on a site without a worker nothing else comes back to it."""
    heard: list[str] = []

    def fail_once(payout: Payout, **named: Any) -> None:
        heard.append(payout.stripe_id)
        if len(heard) == 1:
            raise RuntimeError("Not now.")

    paid_payment(stripe_sandbox, user)
    connect(signals.payout_paid, fail_once)
    payout = stripe_sandbox.pay_out()["id"]
    stripe_sandbox.finish_payout(payout)
    first, *_more = stripe_sandbox.events("payout.paid")
    assert deliver(first).status_code == 500
    assert deliver(stripe_sandbox.events("payout.created")[0]).status_code == 200
    assert heard == [payout, payout]


def test_a_name_stands_for_one_kind() -> None:
    with pytest.raises(ValueError, match="already the name"):
        kinds.register("payment_succeeded", signal=FactSignal(), subject=Topup, provides=["topup"])
    with pytest.raises(ValueError, match="1 to 64 characters"):
        kinds.register("x" * 65, signal=FactSignal(), subject=Topup, provides=["topup"])
    register_again(kinds.registered()["topup_succeeded"])


def test_the_signal_of_an_unknown_kind_has_no_receivers() -> None:
    assert fact_store.receivers("of_a_newer_version") == {}
