"""Top-ups: the bank pays right after the answer."""

import pytest
import stripe

from ..support.conformity import check


def test_a_top_up_arrives_after_its_answer(client, types) -> None:
    made = client.v1.topups.create({"amount": 5000, "currency": "usd", "description": "Float"})
    assert (made.status, made.amount) == ("pending", 5000)
    paid = client.v1.topups.retrieve(made.id, {"expand": ["balance_transaction"]})
    assert (paid.status, paid.balance_transaction.net) == ("succeeded", 5000)
    assert types()[-2:] == ["topup.created", "topup.succeeded"]
    check(client.v1.topups.retrieve(made.id))


def test_they_are_listed_newest_first(client) -> None:
    ids = [client.v1.topups.create({"amount": 1, "currency": "usd"}).id for _ in range(2)]
    assert [each.id for each in client.v1.topups.list()] == ids[::-1]
    assert list(client.v1.topups.list({"status": "pending"})) == []


def test_nothing_is_no_amount(client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="positive"):
        client.v1.topups.create({"amount": 0, "currency": "usd"})
