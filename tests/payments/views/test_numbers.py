"""Keys, years and other numbers that are no amounts stay as they are on sites with separators."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.test.signals import template_rendered
from django.utils import timezone, translation

from django_stripe_payments.models import Dispute, Payment, PaymentMethod
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

KEY = 1234567
#: How English, German and other languages would group the key, and a year.
GROUPED = ["1,234,567", "1.234.567", "1\u00a0234\u00a0567", "2,034", "2.034"]


@pytest.fixture
def rendered() -> Iterator[set[str]]:
    names: set[str] = set()

    def note(sender: Any, template: Any, **named: Any) -> None:
        names.add(template.name)

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


@pytest.fixture
def pages(own_client: Client, payment: Payment, ticket_type: None, user: Any) -> Iterator[str]:
    """The text of every page, one after another, over rows with large keys."""
    customer = StripeService.get_or_create_customer(user)
    method = PaymentMethod.objects.create(
        pk=KEY, customer=customer, stripe_id="pm_x", type="card", brand="visa", last4="4242",
        exp_month=12, exp_year=2034,
    )  # fmt: skip
    paid = Payment.objects.create(
        user=user, amount=2500, amount_received=2500, amount_refunded=500, currency="usd",
        status="succeeded", succeeded_at=timezone.now(), payment_type="ticket",
    )  # fmt: skip
    paid.refunds.create(amount=500, currency="usd", status="succeeded")
    Payment.objects.filter(pk=payment.pk).update(payment_method=method, customer=customer)
    dispute = Dispute.objects.create(
        pk=KEY, stripe_id="du_x", payment=paid, amount=2500, currency="usd", livemode=False,
        status="needs_response", reason="fraudulent", is_charge_refundable=True,
    )  # fmt: skip
    user.is_staff = user.is_superuser = True
    user.save()
    admin = "/admin/django_stripe_payments"
    addresses = [
        payment.checkout_url,
        "/payments/checkout/?payment_type=ticket&seat=13",
        payment.get_absolute_url(),
        f"/payments/cancel/?payment_id={payment.pk}",
        "/payments/history/",
        f"/payments/{paid.pk}/",
        f"/payments/{paid.pk}/refund/",
        f"/payments/{payment.pk}/authenticate/",
        "/payments/methods/",
        "/payments/methods/add/",
        f"/payments/methods/{KEY}/remove/",
        f"{admin}/dispute/{dispute.pk}/change/",
        f"{admin}/dispute/{dispute.pk}/evidence/",
        f"{admin}/",
        f"{admin}/payment/",
        f"{admin}/payment/{paid.pk}/change/",
        f"{admin}/payment/{payment.pk}/history/",
        f"{admin}/customer/{customer.pk}/change/",
        f"{admin}/paymentmethod/{method.pk}/change/",
    ]

    def texts() -> Iterator[str]:
        for address in addresses:
            page = own_client.get(address)
            assert page.status_code in {200, 400}, address
            yield page.content.decode()
        choice = {"action": "cancel_payments", "_selected_action": str(payment.pk)}
        yield own_client.post(f"{admin}/payment/", choice).content.decode()
        evidence = f"{admin}/dispute/{dispute.pk}/evidence/"
        yield own_client.post(evidence, {"submit": "1"}).content.decode()
        with override_settings(STRIPE_REFUND_REQUESTS="automatic"):
            Dispute.objects.all().delete()
            refund = own_client.post(f"/payments/{paid.pk}/refund/", {"amount": "1.00"})
        yield refund.content.decode()
        for name in ("cards", "refunds", "security"):
            yield render_to_string(f"django_stripe_payments/help/{name}.html")
        wait = {"message": "Too many requests.", "retry_after": 60}
        yield render_to_string("django_stripe_payments/rate_limited.html", wait)

    return texts()


def own_templates() -> set[str]:
    folder = Path(apps.get_app_config("django_stripe_payments").path) / "templates"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_template_groups_the_digits_of_a_key_or_a_year(
    pages: Iterator[str], rendered: set[str], settings: Any, language: str
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    with translation.override(language):
        text = "".join(pages)
    assert [number for number in GROUPED if number in text] == []
    assert str(KEY) in text
    assert own_templates() - rendered == set()
