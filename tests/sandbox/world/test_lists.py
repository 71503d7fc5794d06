"""Lists: newest first, by cursor, filtered."""

import pytest
import stripe


@pytest.fixture
def made(client) -> list[str]:
    """Five customers, newest first as the API lists them."""
    ids = [client.v1.customers.create({"name": str(number)}).id for number in range(5)]
    return ids[::-1]


def ids(page) -> list[str]:
    return [item.id for item in page.data]


def test_newest_first_with_a_limit(client, made) -> None:
    page = client.v1.customers.list({"limit": 2})
    assert (ids(page), page.has_more, page.url) == (made[:2], True, "/v1/customers")


def test_starting_after(client, made) -> None:
    page = client.v1.customers.list({"limit": 3, "starting_after": made[1]})
    assert (ids(page), page.has_more) == (made[2:], False)


def test_ending_before(client, made) -> None:
    page = client.v1.customers.list({"limit": 2, "ending_before": made[3]})
    assert (ids(page), page.has_more) == (made[1:3], True)


def test_the_sdk_walks_all_pages_both_ways(client, made) -> None:
    forward = client.v1.customers.list({"limit": 2}).auto_paging_iter()
    assert [item.id for item in forward] == made
    oldest = made[-1]
    back = client.v1.customers.list({"limit": 2, "ending_before": oldest}).auto_paging_iter()
    assert [item.id for item in back] == made[-2::-1]


def test_a_cursor_that_nothing_has_is_an_error(client, made) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.list({"starting_after": "cus_x"})


def test_two_cursors_are_an_error(client, made) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        client.v1.customers.list({"starting_after": made[0], "ending_before": made[1]})


@pytest.mark.parametrize("limit", [0, 101, "x"])
def test_a_limit_out_of_range_is_an_error(client, limit) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.list({"limit": limit})


def test_created_is_a_range_in_whole_seconds(client, clock, made) -> None:
    middle = client.v1.customers.retrieve(made[0]).created + 50
    clock.advance(100)
    new = client.v1.customers.create().id
    assert ids(client.v1.customers.list({"created": {"gte": middle}})) == [new]
    assert ids(client.v1.customers.list({"created": {"lt": middle}})) == made


def test_payments_of_one_customer(client, customer, pay) -> None:
    pay()
    own = pay(customer=customer.id)
    assert ids(client.v1.payment_intents.list({"customer": customer.id})) == [own.id]
    assert ids(client.v1.charges.list({"payment_intent": own.id})) == [own.latest_charge]


def test_events_by_type_family_and_delivery(sandbox, client, pay) -> None:
    pay()
    one = client.v1.events.list({"type": "charge.succeeded"}).data
    assert [item.type for item in one] == ["charge.succeeded"]
    several = client.v1.events.list({"types": ["charge.succeeded", "payment_intent.succeeded"]})
    assert len(several.data) == 2
    family = client.v1.events.list({"type": "charge.*"}).data
    assert {item.type for item in family} == {"charge.succeeded", "charge.updated"}
    assert client.v1.events.list({"delivery_success": True}).data == []
    assert len(client.v1.events.list({"delivery_success": False}).data) == 4


def test_events_are_kept_for_thirty_days(client, clock, customer) -> None:
    clock.advance(31 * 24 * 3600)
    assert client.v1.events.list().data == []
