"""The main flows with all templates, on sites that are configured in different ways."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments.models import Payment, RefundRequest
from tests.payments.support.pages import every_page
from tests.payments.support.refunding import paid_payment
from tests.support import sites
from tests.support.pairwise import described

pytestmark = pytest.mark.django_db


@pytest.fixture(params=sites.SITES, ids=described)
def prefix(request: pytest.FixtureRequest, settings: Any, stripe_sandbox: Any) -> Iterator[str]:
    with sites.configured(settings, request.param) as prefix:
        yield prefix


@pytest.fixture
def buyer(prefix: str, user: Any) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


@pytest.fixture
def staff_client(prefix: str, user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_page(
    prefix: str, staff_client: Client, ticket_type: None, user: Any, payment: Payment
) -> None:
    with sites.rendered_templates() as rendered:
        for page in every_page(staff_client, user, payment):
            assert sites.separated_numbers(page) == []
            assert sites.addresses_without(prefix, page) == []
    assert sites.shipped_templates("django_stripe_payments") - rendered == set()


def test_paying_and_asking_for_the_money_back(
    prefix: str, buyer: Client, user: Any, payment: Payment, stripe_sandbox: Any
) -> None:
    page = buyer.get(_path(prefix, payment.checkout_url))
    config = page.context["config"]
    answer = buyer.post(
        _path(prefix, config["createIntentUrl"]),
        json.dumps({"payment_id": str(payment.pk)}),
        content_type="application/json",
        headers={config["csrfHeader"]: str(page.context["csrf_token"])},
    )
    assert answer.status_code == 200
    paid = paid_payment(stripe_sandbox, user)
    where = f"/payments/{paid.pk}/refund/"
    form = buyer.get(where).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "reason": "I am ill."}
    answer = buyer.post(where, fields)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{prefix}/")
    assert RefundRequest.objects.filter(payment=paid).exists()


def _path(prefix: str, address: str) -> str:
    """The server takes the prefix away before the request reaches Django."""
    assert address.startswith(f"{prefix}/")
    return address[len(prefix) :]
