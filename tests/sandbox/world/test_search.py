"""Searching: a literal path, and the simple part of Stripe's query language."""

import pytest
import stripe


@pytest.fixture
def customers(client) -> list[str]:
    """Ids, oldest first."""
    given = [
        {"email": "jenny@example.com", "name": "Jenny", "metadata": {"team": "red"}},
        {"email": "otto@example.com", "name": "Otto", "metadata": {"team": "blue"}},
        {"name": "Nora", "metadata": {"team": "red"}},
    ]
    return [client.v1.customers.create(params).id for params in given]


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ('email:"jenny@example.com"', [0]),
        ('email:"JENNY@example.com"', [0]),
        ('metadata["team"]:"red"', [2, 0]),
        ('metadata[\'team\']:"red" AND name:"Nora"', [2]),
        ('name:"Jenny" OR name:"Otto"', [1, 0]),
        ('-metadata["team"]:"red"', [1]),
        ('name~"enn"', [0]),
        ("email:null", [2]),
        ("-email:null", [1, 0]),
        ("created>0", [2, 1, 0]),
        ("created<=0", []),
    ],
)
def test_customers_are_found(client, customers, query, positions) -> None:
    found = client.v1.customers.search({"query": query}).data
    assert [item.id for item in found] == [customers[position] for position in positions]


@pytest.mark.parametrize("kind", ["charges", "customers", "payment_intents"])
def test_search_is_no_id(client, pay, kind) -> None:
    pay(customer=client.v1.customers.create({"name": "J"}).id)
    found = getattr(client.v1, kind).search({"query": "created>0"})
    assert (found.object, len(found.data), found.has_more) == ("search_result", 1, False)


def test_pages_follow_each_other(client, customers) -> None:
    found = client.v1.customers.search({"query": "created>0", "limit": 2})
    assert (len(found.data), found.has_more) == (2, True)
    assert [item.id for item in found.auto_paging_iter()] == customers[::-1]


def test_payments_are_found_by_status_and_amount(client, pay) -> None:
    pay(amount=900)
    paid = pay(amount=2500)
    query = 'status:"succeeded" AND amount>1000'
    assert [item.id for item in client.v1.payment_intents.search({"query": query})] == [paid.id]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "jenny",
        'balance:"1"',
        'name["a"]:"b"',
        'metadata:"red"',
        'name:"a" AND',
        'name:"a" AND name:"b" OR name:"c"',
        'name:"a" name:"b"',
        'name:"a" XOR name:"b"',
    ],
)
def test_a_query_that_is_not_understood_is_refused(client, query) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.search({"query": query})
    assert caught.value.param == "query"


def test_a_deleted_customer_is_not_found(client, customers) -> None:
    client.v1.customers.delete(customers[0])
    assert client.v1.customers.search({"query": 'name:"Jenny"'}).data == []
