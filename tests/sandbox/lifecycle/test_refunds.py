"""Money given back: at once, later, or in vain."""

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox


@pytest.fixture
def refund(client, pay):
    """Pay with a card and refund all of it."""

    def refund(card: str = "pm_card_visa", **params) -> stripe.Refund:
        return client.v1.refunds.create({"payment_intent": pay(card).id, **params})

    return refund


def test_a_full_refund(client, refund, types) -> None:
    made = refund(reason="requested_by_customer", metadata={"a": "b"})
    charge = client.v1.charges.retrieve(made.charge)
    assert (made.amount, made.status, made.metadata["a"]) == (2500, "succeeded", "b")
    assert (charge.refunded, charge.amount_refunded) == (True, 2500)
    assert types()[-2:] == ["refund.created", "charge.refunded"]


def test_the_balance_pays_it_and_the_fee_is_not_returned(client, refund) -> None:
    booked = client.v1.balance_transactions.retrieve(refund().balance_transaction)
    assert (booked.amount, booked.fee, booked.net) == (-2500, 0, -2500)


def test_refunds_add_up_to_the_charge_and_no_further(client, pay) -> None:
    intent = pay(amount=1000)
    for _ in range(3):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    with pytest.raises(stripe.InvalidRequestError, match=r"400.*unrefunded amount.*100"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 400})
    client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"


def test_an_unpaid_intent_has_nothing_to_refund(client, intent) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        client.v1.refunds.create({"payment_intent": intent.id})


def test_a_pending_refund_succeeds_later(sandbox, client, refund, types) -> None:
    made = refund("pm_card_pendingRefund")
    assert (made.status, made.pending_reason) == ("pending", "processing")
    sandbox.finish_refund(made.id, "succeeded")
    assert client.v1.refunds.retrieve(made.id).status == "succeeded"
    assert types()[-2:] == ["charge.refund.updated", "refund.updated"]


def test_a_failed_refund_reopens_the_charge(sandbox, client, refund, types) -> None:
    made = refund("pm_card_refundFail")
    assert made.status == "succeeded"
    failed = sandbox.finish_refund(made.id, "failed")
    assert failed["failure_reason"] == "expired_or_canceled_card"
    assert types()[-1] == "refund.failed"
    charge = client.v1.charges.retrieve(made.charge)
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    back = client.v1.balance_transactions.retrieve(failed["failure_balance_transaction"])
    assert back.amount == 2500
    assert client.v1.refunds.create({"charge": charge.id}).status == "succeeded"


@pytest.mark.parametrize(
    ("card", "status"), [("pm_card_pendingRefund", "succeeded"), ("pm_card_refundFail", "failed")]
)
def test_with_a_clock_it_ends_by_itself(clock, card, status) -> None:
    sandbox = Sandbox(clock=clock, settle_after=5)
    client = stripe.StripeClient("sk_test_x", http_client=sandbox.http_client())
    intent = client.v1.payment_intents.create({"amount": 2500, "currency": "usd"})
    sandbox.confirm(intent.id, card)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    sandbox.advance(6)
    assert sandbox.object(refund.id)["status"] == status


def test_an_ended_refund_ends_once(sandbox, refund) -> None:
    made = refund("pm_card_pendingRefund")
    sandbox.finish_refund(made.id, "failed")
    with pytest.raises(Exception, match="already"):
        sandbox.finish_refund(made.id, "succeeded")


def test_only_a_refund_that_waits_for_the_customer_can_be_canceled(sandbox, client, refund):
    made = refund("pm_card_pendingRefund")
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        client.v1.refunds.cancel(made.id)
    sandbox.finish_refund(made.id, "requires_action")
    assert client.v1.refunds.cancel(made.id).status == "canceled"
    assert client.v1.charges.retrieve(made.charge).amount_refunded == 0


def test_refunds_are_found_by_payment(client, refund) -> None:
    made = refund()
    refund()
    found = client.v1.refunds.list({"payment_intent": made.payment_intent}).data
    assert [item.id for item in found] == [made.id]
    charge = client.v1.charges.retrieve(made.charge, {"expand": ["refunds"]})
    assert [item.id for item in charge.refunds.data] == [made.id]


def test_metadata_of_a_refund_can_be_changed(client, refund) -> None:
    updated = client.v1.refunds.update(refund().id, {"metadata": {"order": "5"}})
    assert updated.metadata["order"] == "5"


@pytest.mark.parametrize("param", ["reverse_transfer", "refund_application_fee"])
def test_a_refund_takes_nothing_back_from_accounts_that_do_not_exist(client, pay, param) -> None:
    paid = pay()
    with pytest.raises(stripe.InvalidRequestError, match="sandbox does not play") as caught:
        client.v1.refunds.create({"payment_intent": paid.id, param: True})
    assert caught.value.param == param
    assert client.v1.refunds.list().data == []
