"""Payments by the API: the server's price, one payment per key, the owner's rows only."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Max

from django_stripe_payments import clock
from django_stripe_payments.maintenance.erasure import erase_user
from django_stripe_payments.maintenance.retention import prune
from django_stripe_payments.models import IdempotentRequest, Payment, RefundRequest
from tests.payments.support.api import ApiClient
from tests.payments.support.cards import save

TICKET = {"payment_type": "ticket", "metadata": {"seat": "7"}}


@pytest.fixture
def create(api: ApiClient, ticket_type: None, stripe_sandbox: Any) -> Callable[..., Any]:
    """Start a payment for a ticket; a key of its own unless one is given."""

    def post(body: Any = None, key: str = "") -> Any:
        return api.post("/", body or TICKET, **{"Idempotency-Key": key or str(uuid4())})

    return post


def test_the_configuration_names_what_a_client_needs(api: ApiClient, ticket_type: None) -> None:
    shown = api.get("/config/").json()
    assert shown["publishable_key"].startswith("pk_test_")
    assert {"name": "ticket", "minimum": None, "maximum": None} in shown["payment_types"]


def test_a_payment_is_started_at_the_servers_price(
    create: Callable[..., Any], user: Any, stripe_sandbox: Any
) -> None:
    answer = create()
    assert answer.status_code == 201
    started = Payment.objects.get(user=user)
    assert answer.json()["payment"]["id"] == str(started.pk)
    assert answer.json()["payment"]["amount"] == 2500
    intent = stripe_sandbox.object(started.intent_id)
    assert answer.json()["client_secret"] == intent["client_secret"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"payment_type": "ticket", "metadata": {"seat": "13"}}, "price_unavailable"),
        ({"payment_type": "ticket", "metadata": {}}, "price_unavailable"),
        ({"payment_type": "unknown"}, "unknown_payment_type"),
        ({**TICKET, "amount": "1.00"}, "price_mismatch"),
        ({**TICKET, "amount": "NaN"}, "invalid_amount"),
        ({**TICKET, "payment_method": 999}, "payment_method_not_found"),
        ({"metadata": {"seat": "7"}}, "invalid"),
        ({**TICKET, "metadata": "7"}, "invalid"),
        ({**TICKET, "payment_method": -1}, "invalid"),
        ([], "invalid"),
    ],
)
def test_what_cannot_be_sold_is_refused_with_a_code(
    create: Callable[..., Any], body: Any, code: str
) -> None:
    answer = create(body or [0])
    assert answer.json()["code"] == code
    assert answer.status_code in (400, 404)
    assert not Payment.objects.exists()
    assert not IdempotentRequest.objects.exists()


def test_the_same_key_is_the_same_payment(create: Callable[..., Any]) -> None:
    first, again = create(key="one"), create(key='"one"')
    assert first.json() == again.json()
    assert Payment.objects.count() == 1


def test_no_secret_is_stored_with_an_answer(create: Callable[..., Any]) -> None:
    secret = create(key="one").json()["client_secret"]
    [row] = IdempotentRequest.objects.all()
    assert secret not in str(row.answer)
    assert "_secret_" not in str(row.answer)


def test_the_same_key_with_another_body_is_refused(create: Callable[..., Any]) -> None:
    create(key="one")
    answer = create({**TICKET, "metadata": {"seat": "8"}}, key="one")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é", "a\tb"])
def test_without_a_usable_key_nothing_is_started(
    api: ApiClient, ticket_type: None, stripe_sandbox: Any, key: str
) -> None:
    answer = api.post("/", TICKET, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert not Payment.objects.exists()


def test_a_key_that_is_in_use_is_refused_until_its_process_must_be_dead(
    create: Callable[..., Any], user: Any
) -> None:
    create(key="one")
    row = IdempotentRequest.objects.get()
    IdempotentRequest.objects.update(answer=None)
    answer = create(key="one")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use")
    IdempotentRequest.objects.update(started_at=row.started_at - timedelta(minutes=5))
    assert create(key="one").status_code == 201
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("other", ["KEY", "Key"])
def test_keys_that_only_look_alike_are_apart(create: Callable[..., Any], other: str) -> None:
    """MySQL and MariaDB compare texts without case."""
    create(key="key")
    assert create({**TICKET, "metadata": {"seat": "8"}}, key=other).status_code == 201
    assert IdempotentRequest.objects.count() == 2


def test_keys_of_users_are_apart(
    create: Callable[..., Any], other_api: ApiClient, user: Any
) -> None:
    mine = create(key="one").json()["payment"]["id"]
    theirs = other_api.post("/", TICKET, **{"Idempotency-Key": "one"}).json()["payment"]["id"]
    assert mine != theirs


def test_a_key_is_forgotten_after_a_day_and_with_its_user(
    create: Callable[..., Any], user: Any
) -> None:
    create(key="old")
    with clock.shifted(timedelta(days=1, minutes=1)):
        create(key="new")
        prune()
    assert [row.key for row in IdempotentRequest.objects.all()] == [sha256(b"new").hexdigest()]
    erase_user(user)
    assert not IdempotentRequest.objects.exists()


def test_a_refusal_by_stripe_frees_the_key(
    create: Callable[..., Any], stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_AMOUNT_LIMITS = {"usd": {"minimum": "30.00"}}
    assert create(key="one").json()["code"] == "amount_not_allowed"
    settings.STRIPE_AMOUNT_LIMITS = {}
    assert create(key="one").status_code == 201


def test_the_truth_is_asked_for_while_it_is_open(
    create: Callable[..., Any], api: ApiClient, stripe_sandbox: Any
) -> None:
    made = create().json()
    row = Payment.objects.get()
    stripe_sandbox.confirm(row.intent_id)
    shown = api.get(f"/{row.pk}/")
    assert made["payment"]["status"] == "requires_payment_method"
    assert shown.json()["status"] == "succeeded"
    assert shown.json()["paid_with"] == "Visa •••• 4242"
    etag = {"If-None-Match": shown["ETag"]}
    assert api.get(f"/{row.pk}/", **etag).status_code == 304


def test_an_unfinished_one_is_resumed_and_canceled(
    create: Callable[..., Any], api: ApiClient
) -> None:
    made = create().json()
    pk = made["payment"]["id"]
    assert api.post(f"/{pk}/resume/").json()["client_secret"] == made["client_secret"]
    assert api.post(f"/{pk}/cancel/").json()["status"] == "canceled"
    assert api.post(f"/{pk}/cancel/").json()["status"] == "canceled"
    assert api.post(f"/{pk}/resume/").json()["code"] == "payment_closed"


def test_a_saved_method_is_named_to_confirm_with(
    create: Callable[..., Any], user: Any, other_user: Any, stripe_sandbox: Any
) -> None:
    [own], [others] = save(user, "pm_card_visa"), save(other_user, "pm_card_mastercard")
    assert create({**TICKET, "payment_method": own.pk}).json()["payment_method"] == own.stripe_id
    assert create({**TICKET, "payment_method": others.pk}).status_code == 404


def test_the_list_is_paged_and_narrowed(api: ApiClient, user: Any, other_user: Any) -> None:
    for number in range(5):
        Payment.objects.create(user=user, amount=number, currency="usd", payment_type="ticket")
    Payment.objects.create(user=user, amount=9, currency="usd", payment_type="tip")
    Payment.objects.create(user=other_user, amount=8, currency="usd", payment_type="tip")
    Payment.objects.update(created_at=Payment.objects.aggregate(at=Max("created_at"))["at"])
    met, cursor = [], ""
    while cursor is not None:
        page = api.get("/", {"limit": 2, "cursor": cursor} if cursor else {"limit": 2}).json()
        met += [each["amount"] for each in page["results"]]
        cursor = page["next"]
    assert sorted(met) == [0, 1, 2, 3, 4, 9]
    tips = api.get("/", {"payment_type": "tip"}).json()["results"]
    assert [each["amount"] for each in tips] == [9]
    assert api.get("/", {"status": "succeeded"}).json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "null"},
        {"limit": "101"},
        {"status": "lost"},
        {"payment_type": "a\0b"},
        {"cursor": "bm9uc2Vuc2U"},
        {"cursor": "é"},
    ],
)
def test_a_value_that_means_nothing_is_refused(api: ApiClient, query: dict[str, str]) -> None:
    answer = api.get("/", query)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, next(iter(query)))


def test_a_page_costs_three_queries_at_most(
    api: ApiClient, user: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        Payment.objects.create(user=user, amount=number, currency="usd", payment_type="ticket")
    with django_assert_max_num_queries(3 + 2):  # and session and user
        assert len(api.get("/").json()["results"]) == 20


def test_a_refund_is_requested_once_per_key(
    create: Callable[..., Any], api: ApiClient, stripe_sandbox: Any
) -> None:
    create()
    row = Payment.objects.get()
    stripe_sandbox.confirm(row.intent_id)
    api.get(f"/{row.pk}/")
    assert api.get(f"/{row.pk}/refunds/").json()["refundable"] == 2500
    wish, key = {"amount": 1000, "message": "Ill"}, {"Idempotency-Key": "one"}
    first, again = (api.post(f"/{row.pk}/refunds/", wish, **key) for _ in range(2))
    assert first.json() == again.json()
    assert first.json()["amount"] == 1000
    assert RefundRequest.objects.count() == 1
    # A process that died after it had made the request, and before it had noted the answer.
    IdempotentRequest.objects.filter(key="one").update(
        answer=None, started_at=clock.now() - timedelta(minutes=5)
    )
    assert api.post(f"/{row.pk}/refunds/", wish, **key).json()["id"] == first.json()["id"]
    assert len(api.get(f"/{row.pk}/refunds/").json()["requests"]) == 1


def test_more_than_was_paid_is_not_refunded(
    create: Callable[..., Any], api: ApiClient, stripe_sandbox: Any
) -> None:
    create()
    row = Payment.objects.get()
    key = {"Idempotency-Key": "one"}
    assert api.post(f"/{row.pk}/refunds/", {}, **key).json()["code"] == "refund_not_allowed"
    stripe_sandbox.confirm(row.intent_id)
    api.get(f"/{row.pk}/")
    wish = {"amount": 2501}
    assert api.post(f"/{row.pk}/refunds/", wish, **key).json()["code"] == "refund_not_allowed"
    assert not RefundRequest.objects.exists()


def test_starting_payments_is_limited_as_on_the_pages(
    create: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_RATE_LIMIT = True
    settings.STRIPE_RATE_LIMITS = {"create_intent": {"user": "1/h", "address": None}}
    answers = [create() for _number in range(3)]
    refused = next(each for each in answers if each.status_code == 429)
    assert int(refused["Retry-After"]) > 0
