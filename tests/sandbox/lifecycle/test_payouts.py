"""Payouts: the balance goes to the bank, and its parts can be asked for."""

import pytest
import stripe

from ..support.conformity import check


def listed(client, **params) -> list[stripe.BalanceTransaction]:
    return list(client.v1.balance_transactions.list(params).auto_paging_iter())


def test_a_payout_is_the_sum_of_its_parts(sandbox, client, pay) -> None:
    paid = pay(amount=2500)
    client.v1.refunds.create({"payment_intent": paid.id, "amount": 500})
    made = sandbox.pay_out()
    parts = [item for item in listed(client, payout=made["id"]) if item.type != "payout"]
    assert sorted(item.type for item in parts) == ["charge", "refund"]
    assert made["amount"] == sum(item.net for item in parts)
    assert [item.id for item in listed(client, payout=made["id"], type="charge")] == [
        client.v1.charges.retrieve(paid.latest_charge).balance_transaction
    ]


def test_what_was_paid_out_is_not_paid_out_again(sandbox, pay) -> None:
    pay()
    sandbox.pay_out()
    with pytest.raises(Exception, match="insufficient funds"):
        sandbox.pay_out()


def test_it_is_told_step_by_step(sandbox, pay, types) -> None:
    pay()
    made = sandbox.pay_out()
    sandbox.finish_payout(made["id"])
    sandbox.finish_payout(made["id"], "failed")
    assert [name for name in types() if name.startswith("payout.")] == [
        "payout.created",
        "payout.updated",
        "payout.reconciliation_completed",
        "payout.paid",
        "payout.failed",
    ]


def test_every_state_has_stripes_shape(sandbox, client, pay) -> None:
    pay()
    made = sandbox.pay_out()
    check(made)
    check(sandbox.finish_payout(made["id"]))
    check(sandbox.finish_payout(made["id"], "failed"))
    expanded = ["balance_transaction", "failure_balance_transaction"]
    check(client.v1.payouts.retrieve(made["id"], {"expand": expanded}))
    for event in sandbox.events():
        check(event)


def test_a_failed_payout_brings_the_money_back(sandbox, client, pay) -> None:
    pay()
    made = sandbox.pay_out()
    failed = sandbox.finish_payout(made["id"], "failed")
    back = client.v1.balance_transactions.retrieve(failed["failure_balance_transaction"])
    assert (back.type, back.amount) == ("payout_failure", made["amount"])
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")


def test_a_manual_payout_does_not_tell_its_parts(client, pay) -> None:
    pay()
    made = client.v1.payouts.create({"amount": 100, "currency": "usd"})
    assert (made.automatic, made.reconciliation_status) == (False, "not_applicable")
    with pytest.raises(stripe.InvalidRequestError, match="automatic"):
        listed(client, payout=made.id)
    assert client.v1.payouts.cancel(made.id).status == "canceled"


def test_more_than_the_balance_is_refused(client, pay) -> None:
    pay(amount=2500)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payouts.create({"amount": 2500, "currency": "usd"})
    assert caught.value.code == "balance_insufficient"


def test_they_are_listed_by_status_and_time(sandbox, client, clock, pay) -> None:
    pay()
    first = sandbox.finish_payout(sandbox.pay_out()["id"])
    clock.advance(3600)
    pay()
    second = sandbox.pay_out()
    assert [item.id for item in client.v1.payouts.list({"status": "paid"})] == [first["id"]]
    later = client.v1.payouts.list({"created": {"gt": first["created"]}})
    assert [item.id for item in later] == [second["id"]]
    day = {"gte": first["arrival_date"] + 2 * 24 * 3600}
    assert client.v1.payouts.list({"arrival_date": day}).data == []


DAY = 24 * 3600


def sums(client) -> tuple[int, int]:
    """The balance in dollars' cents: available and pending."""
    found = client.v1.balance.retrieve()
    return found.available[0].amount, found.pending[0].amount


def test_money_is_available_after_two_days_which_is_reported_once(
    sandbox, client, pay, types
) -> None:
    pay(amount=2500)
    sandbox.advance(60)
    pay(amount=2500)
    assert sums(client) == (0, 2 * 2397)
    sandbox.advance(2 * DAY - 120)
    assert "balance.available" not in types()
    sandbox.advance(180)  # past the time of both, in one step
    assert sums(client) == (2 * 2397, 0)
    assert types().count("balance.available") == 1
    event = sandbox.events("balance.available")[0]
    check(event)
    assert event["data"]["object"]["available"][0]["amount"] == 2 * 2397


def test_each_currency_becomes_available_by_itself(sandbox, client, pay, types) -> None:
    pay(amount=2500)
    sandbox.advance(DAY)
    pay(amount=2500, currency="eur")
    sandbox.advance(DAY + 60)
    available = {item.currency: item.amount for item in client.v1.balance.retrieve().available}
    assert available == {"usd": 2397}
    sandbox.advance(DAY)
    assert types().count("balance.available") == 2


@pytest.mark.parametrize("param", ["method", "destination", "statement_descriptor"])
def test_an_instant_payout_and_the_like_are_refused_by_name(client, pay, param) -> None:
    pay()
    with pytest.raises(stripe.InvalidRequestError, match="sandbox does not play") as caught:
        client.v1.payouts.create({"amount": 100, "currency": "usd", param: "instant"})
    assert caught.value.param == param
