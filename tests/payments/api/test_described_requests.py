"""Requests made up from the API's own description: no fault of ours, and no answer beside it."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from schemathesis.checks import ignored_auth, positive_data_acceptance

from django_stripe_payments.models import Payment

TOKEN = "x" * 32
#: The log-in is sent with each request here; and not all rules can be described.
EXCLUDED = [ignored_auth, positive_data_acceptance]

schema = schemathesis.openapi.from_wsgi("/api/v1/payments/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def open_connections() -> Iterator[None]:
    """Keep the connection whose transaction holds the test's rows, as Django's own client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_gets_an_answer_that_is_not_described(
    case: Any, own_client: Client, ticket_type: None, payment: Payment
) -> None:
    cache.clear()
    cookies = {"sessionid": own_client.cookies["sessionid"].value, "csrftoken": TOKEN}
    case.call_and_validate(
        cookies=cookies, headers={"X-CSRFToken": TOKEN}, excluded_checks=EXCLUDED
    )
