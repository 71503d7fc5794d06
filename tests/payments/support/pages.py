"""Every template of the app, over rows with large keys."""

from collections.abc import Iterator
from typing import Any

from django.template.loader import render_to_string
from django.test import Client, override_settings
from django.utils import timezone

from django_stripe_payments.models import Dispute, Payment, PaymentMethod
from django_stripe_payments.services import StripeService
from tests.payments.topups.participant import note

KEY = 1234567


def every_page(client: Client, user: Any, payment: Payment) -> Iterator[str]:
    """The text of every page that the user sees, one after another. The user becomes staff."""
    method, paid, dispute = _rows(user, payment)
    admin = "/admin/django_stripe_payments"
    addresses = [
        f"/payments/checkout/?payment_id={payment.pk}",
        "/payments/checkout/?payment_type=ticket&seat=13",
        f"/payments/{payment.pk}/",
        f"/payments/cancel/?payment_id={payment.pk}",
        "/payments/history/",
        f"/payments/success/{paid.pk}/",
        f"/payments/{paid.pk}/",
        f"/payments/{paid.pk}/refund/",
        f"/payments/{payment.pk}/authenticate/",
        "/payments/methods/",
        "/payments/methods/add/",
        f"/payments/methods/{method.pk}/remove/",
        f"{admin}/dispute/{dispute.pk}/change/",
        f"{admin}/dispute/{dispute.pk}/evidence/",
        f"{admin}/",
        f"{admin}/payment/",
        f"{admin}/payment/{paid.pk}/change/",
        f"{admin}/payment/{payment.pk}/history/",
        f"{admin}/customer/{method.customer_id}/change/",
        f"{admin}/paymentmethod/{method.pk}/change/",
    ]
    for address in addresses:
        page = client.get(address)
        assert page.status_code in {200, 400}, address
        yield page.content.decode()
    choice = {"action": "cancel_payments", "_selected_action": str(payment.pk)}
    yield client.post(f"{admin}/payment/", choice).content.decode()
    evidence = f"{admin}/dispute/{dispute.pk}/evidence/"
    yield client.post(evidence, {"submit": "1"}).content.decode()
    with override_settings(STRIPE_REFUND_REQUESTS="automatic"):
        Dispute.objects.all().delete()
        refund = client.post(f"/payments/{paid.pk}/refund/", {"amount": "1.00"})
    yield refund.content.decode()
    # Back from the bank, in a browser that has no session.
    address = f"/payments/success/{payment.pk}/?redirect_status=succeeded"
    yield Client().get(address).content.decode()
    for name in ("cards", "refunds", "security"):
        yield render_to_string(f"django_stripe_payments/help/{name}.html")
    wait = {"message": "Too many requests.", "retry_after": 60}
    yield render_to_string("django_stripe_payments/rate_limited.html", wait)


def _rows(user: Any, payment: Payment) -> tuple[PaymentMethod, Payment, Dispute]:
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
    # What an app adds to the payment's page in the admin.
    note(paid, "looked at")
    user.is_staff = user.is_superuser = True
    user.save()
    return method, paid, dispute
