"""With Django's documented router and a replica that is behind, what was written is read."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import router
from django.test import Client

from django_stripe_payments import reconcile, signals
from django_stripe_payments.database.primary import PrimaryManager
from django_stripe_payments.models import Customer, Payment, Refund
from django_stripe_payments.services import StripeService
from tests.payments.support.refunding import VISA, at_stripe
from tests.support import replica

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def behind(own_client: Client) -> Iterator[None]:
    """A user is logged in; of what comes now, the replica knows nothing until the next request."""
    with replica.one_request_behind():
        yield


def test_the_replica_is_behind(user: Any, behind: None) -> None:
    Customer.objects.create(user=user)
    assert Customer.objects.exists()
    assert not Customer.objects.using(replica.ALIAS).exists()
    replica.catch_up()
    assert Customer.objects.using(replica.ALIAS).exists()


def test_every_model_is_read_where_it_is_written(user: Any, behind: None) -> None:
    for model in apps.get_app_config("django_stripe_payments").get_models():
        assert isinstance(model._default_manager, PrimaryManager), model
        assert isinstance(model._base_manager, PrimaryManager), model
        assert model._default_manager.all().db == router.db_for_write(model) == "default"


def test_services_read_what_they_wrote(user: Any, stripe_sandbox: Any, behind: None) -> None:
    StripeService.add_payment_method(user, "pm_card_visa")
    payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    stripe_sandbox.confirm(intent.id, VISA)
    assert StripeService.confirm_payment(payment).status == "succeeded"
    StripeService.refund_payment(payment, "7.00")
    [refund] = payment.refunds.all()
    assert refund.payment.customer.payment_methods.get().last4 == "4242"
    assert [each["amount"] for each in at_stripe(stripe_sandbox, payment)] == [700]
    assert Payment.objects.get().amount_refunded == 700


def test_a_saved_card_is_charged(user: Any, stripe_sandbox: Any, behind: None) -> None:
    StripeService.add_payment_method(user, "pm_card_visa")
    assert StripeService.charge_saved_method(user, "25.00", "ticket").status == "succeeded"


def test_a_customer_pays_on_the_pages(
    own_client: Client,
    user: Any,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    ticket_type: None,
    behind: None,
) -> None:
    heard: list[Payment] = []
    connect(signals.payment_succeeded, lambda payment, **_: heard.append(payment))
    own_client.get("/payments/checkout/?payment_type=ticket&seat=7")
    started = own_client.post(
        "/payments/create-intent/",
        {"payment_type": "ticket", "metadata": {"seat": "7"}},
        content_type="application/json",
    )
    assert started.status_code == 200, started.content
    payment = Payment.objects.get()
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    page = own_client.get(payment.get_absolute_url())
    assert "Thank you for your payment" in page.content.decode()
    [event] = stripe_sandbox.events("payment_intent.succeeded")
    assert [deliver(event).status_code for _ in range(2)] == [200, 200]
    assert heard == [payment]
    asked = own_client.post(f"/payments/{payment.pk}/refund/", {"reason": "", "note": ""})
    assert asked.status_code in (200, 302)
    assert own_client.get("/payments/history/").status_code == 200


def test_a_webhook_finds_what_a_service_wrote(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], behind: None
) -> None:
    payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    stripe_sandbox.confirm(intent.id, VISA)
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_a_reconciliation_compares_with_what_is_written(
    user: Any, stripe_sandbox: Any, behind: None
) -> None:
    _payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    stripe_sandbox.confirm(intent.id, VISA)
    reconcile.run()
    assert Payment.objects.get().status == "succeeded"
    assert reconcile.run().findings == []
    assert not Refund.objects.exists()
