"""Pages tell their scripts how this site expects the CSRF token."""

import json
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments.models import Payment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("header", ["HTTP_X_CSRFTOKEN", "HTTP_X_XSRF_TOKEN"])
def test_a_request_with_the_header_and_token_of_the_page_passes(
    user: Any, payment: Payment, settings: Any, header: str
) -> None:
    settings.CSRF_HEADER_NAME = header
    settings.CSRF_COOKIE_HTTPONLY = True
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    page = client.get(payment.checkout_url)
    token = str(page.context["csrf_token"])
    answer = client.post(
        page.context["config"]["createIntentUrl"],
        json.dumps({"payment_id": str(payment.pk)}),
        content_type="application/json",
        headers={page.context["config"]["csrfHeader"]: token},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["methods/add/", "{}/authenticate/"])
def test_every_page_with_a_script_names_the_header(
    own_client: Client, payment: Payment, card: Any, settings: Any, path: str
) -> None:
    settings.CSRF_HEADER_NAME = "HTTP_X_XSRF_TOKEN"
    Payment.objects.update(payment_method=card, status="requires_action")
    page = own_client.get(f"/payments/{path.format(payment.pk)}")
    assert page.context["config"]["csrfHeader"] == "X-XSRF-TOKEN"


@pytest.fixture
def card(user: Any, stripe_sandbox: Any) -> Any:
    from django_stripe_payments.services import StripeService

    return StripeService.add_payment_method(user, "pm_card_visa")
