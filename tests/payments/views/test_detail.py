"""The page of one payment: what happened, for whom it is, and what only staff see."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from django_stripe_payments import audit
from django_stripe_payments.models import Dispute, Fact, Payment
from django_stripe_payments.refunds import requests as refund_requests
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

DECLINED = "4000000000000002"


def url(payment: Payment) -> str:
    return f"/payments/{payment.pk}/"


def get(client: Client, payment: Payment) -> Any:
    return client.get(url(payment), headers={"Accept": "application/json"}).json()


def titles(client: Client, payment: Payment) -> list[str]:
    return [step["title"] for step in get(client, payment)["timeline"]]


@pytest.fixture
def staff_client(other_user: Any) -> Client:
    """A browser of staff who may view payments."""
    other_user.is_staff = True
    other_user.save()
    other_user.user_permissions.add(Permission.objects.get(codename="view_payment"))
    client = Client()
    client.force_login(other_user)
    return client


@pytest.fixture
def deliver_all(stripe_sandbox: Any) -> Callable[[], None]:
    """Bring every event to the site, with what it makes Stripe do."""

    def deliver() -> None:
        while stripe_sandbox.undelivered():
            responses = stripe_sandbox.deliver(Client())
            assert {response.status_code for response in responses} == {200}

    return deliver


def test_the_timeline_is_what_happened_in_order(
    own_client: Client, payment: Payment, stripe_sandbox: Any, deliver_all: Callable[[], None]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, DECLINED)
    deliver_all()
    stripe_sandbox.confirm(payment.stripe_id)
    deliver_all()
    StripeService.refund_payment(payment, "5.00")
    deliver_all()
    assert titles(own_client, payment) == [
        "Payment started",
        "Payment attempt failed",
        "Payment received",
        "Refunded",
    ]
    page = get(own_client, payment)
    assert page["timeline"][-1]["detail"] == "$5.00"
    assert (page["amount"], page["amount_refunded"]) == ("25.00", "5.00")
    assert [refund["amount"] for refund in page["refunds"]] == ["5.00"]


def test_a_decline_that_was_overtaken_is_not_told(own_client: Client, payment: Payment) -> None:
    Fact.objects.create(key="x", kind="payment_failed", payment=payment, overtaken=True)
    assert titles(own_client, payment) == ["Payment started"]


def test_a_dispute_is_shown(
    own_client: Client, payment: Payment, stripe_sandbox: Any, deliver_all: Callable[[], None]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000259")
    deliver_all()
    assert Dispute.objects.get().payment == payment
    assert "Payment disputed" in titles(own_client, payment)
    assert "Disputed amount withdrawn" not in titles(own_client, payment)
    dispute = own_client.get(url(payment)).context["dispute"]
    assert dispute["amount_display"] == "$25.00"
    assert dispute["reason_label"] == "Fraudulent"


def test_staff_see_who_did_what_and_the_fees(
    own_client: Client,
    staff_client: Client,
    payment: Payment,
    user: Any,
    stripe_sandbox: Any,
    deliver_all: Callable[[], None],
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    deliver_all()
    page = staff_client.get(url(payment))
    text = page.content.decode()
    assert page.context["fees"]["stripe_display"] == "$1.03"
    assert page.context["fees"]["net_display"] == "$23.97"
    assert page.context["fees"]["is_estimate"] is False
    assert "by a webhook" in {step.detail for step in page.context["timeline"]}
    assert f"/admin/django_stripe_payments/payment/{payment.pk}/change/" in text
    own = own_client.get(url(payment))
    assert own.context["fees"] is None
    assert own.context["admin_url"] is None
    assert "webhook" not in own.content.decode()


def test_a_permission_without_the_admin_shows_nothing(
    staff_client: Client, other_user: Any, payment: Payment
) -> None:
    other_user.is_staff = False
    other_user.save()
    assert staff_client.get(url(payment)).status_code == 404


def test_staff_pay_nothing_and_refund_nothing_from_a_customers_page(
    staff_client: Client, payment: Payment
) -> None:
    context = staff_client.get(url(payment)).context
    assert (context["retry_url"], context["refund_url"]) == (None, None)


def test_an_open_payment_can_be_paid_from_here(own_client: Client, payment: Payment) -> None:
    assert own_client.get(url(payment)).context["retry_url"] == payment.checkout_url


def test_a_paid_payment_can_be_asked_back_and_not_paid_again(
    own_client: Client, payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    StripeService.confirm_payment(payment)
    context = own_client.get(url(payment)).context
    assert context["retry_url"] is None
    assert context["refund_url"] == f"/payments/{payment.pk}/refund/"


def test_a_number_of_queries_that_does_not_grow(
    own_client: Client,
    payment: Payment,
    stripe_sandbox: Any,
    deliver_all: Callable[[], None],
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    deliver_all()
    for _ in range(3):
        StripeService.refund_payment(payment, "2.00")
    deliver_all()
    with django_assert_max_num_queries(12):
        assert own_client.get(url(payment)).status_code == 200


def test_what_people_wrote_is_text(own_client: Client, user: Any, stripe_sandbox: Any) -> None:
    payment, _intent = StripeService.create_payment_intent(
        user, 5, "x", "<script>alert(1)</script>"
    )
    text = own_client.get(url(payment)).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_staff_read_words_and_no_codes(
    payment: Payment, stripe_sandbox: Any, staff_client: Client
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(Client())
    StripeService.refund_payment(payment, "5.00")
    stripe_sandbox.deliver(Client())
    audit.record("payment.looked_at", payment)
    page = staff_client.get(f"/payments/{payment.pk}/")
    told = [step.title for step in page.context["timeline"]]
    assert "Refund succeeded" in told
    assert "Payment looked at" in told
    assert not [title for title in told if "." in title or "_" in title]


@pytest.fixture
def paid(payment: Payment, stripe_sandbox: Any) -> Payment:
    stripe_sandbox.confirm(payment.stripe_id)
    return StripeService.confirm_payment(payment)


def test_the_answer_to_a_request_is_shown_and_no_other_is_offered_at_once(
    own_client: Client, paid: Payment, user: Any, admin_user: Any
) -> None:
    assert "Request a refund</a>" in own_client.get(url(paid)).content.decode()
    asked = StripeService.request_refund(user, paid, "5.00", "It rained.")
    waiting = own_client.get(url(paid)).content.decode()
    assert "It rained." in waiting
    assert "Awaiting decision" in waiting
    assert "Request a refund" not in waiting
    refund_requests.reject(asked, admin_user, "The hall has a roof.")
    answered = own_client.get(url(paid)).content.decode()
    assert "The hall has a roof." in answered
    assert "Rejected" in answered
    assert "Request a refund</a>" not in answered
    assert "Request a refund again</a>" in answered


def test_a_paid_payment_is_a_receipt(own_client: Client, paid: Payment) -> None:
    shown = own_client.get(url(paid)).content.decode()
    receipt = shown.split("Receipt</h2>")[1].split("</dl>")[0]
    for words in ("$25.00", "Visa •••• 4242", str(paid.pk), "Seller", "testserver"):
        assert words in receipt, words
    assert "data-print hidden" in shown


def test_an_open_payment_is_no_receipt(own_client: Client, payment: Payment) -> None:
    shown = own_client.get(url(payment)).content.decode()
    assert "Receipt" not in shown
    assert "data-print" not in shown
