"""What a mobile app hands to Stripe's payment sheet comes with the payment, for its owner only."""

import logging
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache, caches
from django.db import connection

from django_stripe_payments.models import ApiOperation, IdempotentRequest, Payment
from tests.payments.support.api import ApiClient

pytestmark = pytest.mark.django_db

OLD = "2020-08-27"


def ticket(sheet: Any) -> dict[str, Any]:
    return {"payment_type": "ticket", "metadata": {"seat": "7"}, "sheet": sheet}


def create(api: ApiClient, sheet: Any, key: str = "") -> Any:
    return api.post("/", ticket(sheet), **{"Idempotency-Key": key or str(uuid4())})


@pytest.fixture
def shop(ticket_type: None, stripe_sandbox: Any, settings: Any) -> Any:
    settings.STRIPE_MERCHANT_DISPLAY_NAME = "Arena"
    return stripe_sandbox


def test_one_call_answers_all_that_the_sheet_needs(api: ApiClient, shop: Any, user: Any) -> None:
    answer = create(api, {}).json()
    started = Payment.objects.get(user=user)
    sheet = answer["sheet"]
    assert answer["client_secret"] == shop.object(started.intent_id)["client_secret"]
    assert sheet["customer_session_client_secret"].startswith("cuss_secret_")
    assert sheet["publishable_key"].startswith("pk_test_")
    assert sheet["merchant_display_name"] == "Arena"
    assert sheet["ephemeral_key"] is None
    assert started.customer is not None
    assert sheet["customer"] == started.customer.stripe_id


def test_who_does_not_ask_for_it_gets_none(api: ApiClient, shop: Any) -> None:
    body = {"payment_type": "ticket", "metadata": {"seat": "7"}}
    assert api.post("/", body, **{"Idempotency-Key": "one"}).json()["sheet"] is None
    assert api.post("/setup-intents/").json()["sheet"] is None


def test_an_old_app_gets_a_key_of_its_version(api: ApiClient, shop: Any, settings: Any) -> None:
    settings.STRIPE_EPHEMERAL_KEY_VERSIONS = [OLD]
    sheet = create(api, {"ephemeral_key_version": OLD}).json()["sheet"]
    assert sheet["ephemeral_key"].startswith("ek_test_")
    assert sheet["customer_session_client_secret"] is None  # Stripe's SDKs take one of the two


@pytest.mark.parametrize("allowed", [[], ["2019-01-01"]])
def test_a_version_that_is_not_allowed_starts_nothing(
    api: ApiClient, shop: Any, settings: Any, payment: Payment, allowed: list[str]
) -> None:
    settings.STRIPE_EPHEMERAL_KEY_VERSIONS = allowed
    before = Payment.objects.count()
    wanted = {"sheet": {"ephemeral_key_version": OLD}}
    for answer in (
        create(api, wanted["sheet"]),
        api.post(f"/{payment.pk}/resume/", wanted),
        api.post("/setup-intents/", wanted),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "api_version_not_allowed")
    assert Payment.objects.count() == before


def test_a_payment_is_resumed_and_a_method_saved_with_a_sheet(
    api: ApiClient, shop: Any, payment: Payment
) -> None:
    resumed = api.post(f"/{payment.pk}/resume/", {"sheet": {}}).json()
    saving = api.post("/setup-intents/", {"sheet": {}}).json()
    assert payment.customer is not None
    for answer in (resumed, saving):
        assert answer["sheet"]["customer"] == payment.customer.stripe_id
        assert answer["sheet"]["customer_session_client_secret"].startswith("cuss_secret_")


def test_anothers_payment_opens_nothing(other_api: ApiClient, shop: Any, payment: Payment) -> None:
    assert other_api.post(f"/{payment.pk}/resume/", {"sheet": {}}).status_code == 404


def test_the_name_of_the_host_stands_in_for_the_merchants(
    api: ApiClient, shop: Any, settings: Any
) -> None:
    settings.STRIPE_MERCHANT_DISPLAY_NAME = ""
    assert create(api, {}).json()["sheet"]["merchant_display_name"] == "testserver"


def test_a_replay_has_the_same_payment_and_a_secret_of_its_own(api: ApiClient, shop: Any) -> None:
    first, again = (create(api, {}, key="one").json() for _time in range(2))
    assert first["payment"]["id"] == again["payment"]["id"]
    assert first["client_secret"] == again["client_secret"]
    secret = "customer_session_client_secret"
    assert first["sheet"][secret] != again["sheet"][secret]


def test_a_lost_answer_of_stripes_leaves_a_payment_that_is_resumed(
    api: ApiClient, shop: Any
) -> None:
    shop.faults.add("cut", method="POST", path="/v1/customer_sessions", times=3)
    failed = create(api, {}, key="one")
    assert (failed.status_code, failed.json()["code"]) == (502, "stripe_unavailable")
    again = create(api, {}, key="one")
    assert again.status_code == 201
    assert str(Payment.objects.get().pk) == again.json()["payment"]["id"]
    assert len(shop.events("payment_intent.created")) == 1


def test_neither_secret_is_stored_cached_or_logged(
    api: ApiClient, shop: Any, settings: Any, caplog: Any
) -> None:
    settings.STRIPE_EPHEMERAL_KEY_VERSIONS = [OLD]
    caplog.set_level(logging.DEBUG)
    cache.clear()
    secrets = {
        create(api, {}).json()["sheet"]["customer_session_client_secret"],
        create(api, {"ephemeral_key_version": OLD}).json()["sheet"]["ephemeral_key"],
    }
    assert IdempotentRequest.objects.exists()
    assert not ApiOperation.objects.filter(kind__contains="session").exists()
    rows = ""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            rows += repr(cursor.fetchall())
    written = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "stripe" in {record.name for record in caplog.records}
    for place in (rows, written, repr(vars(caches["default"]))):
        assert {secret for secret in secrets if secret in place} == set()


def test_a_sheet_counts_like_starting_a_payment(
    api: ApiClient, shop: Any, settings: Any, payment: Payment
) -> None:
    cache.clear()
    settings.STRIPE_RATE_LIMIT = True
    settings.STRIPE_RATE_LIMITS = {"create_intent": {"user": "2/h"}}
    answers = [api.post(f"/{payment.pk}/resume/", {"sheet": {}}) for _time in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
