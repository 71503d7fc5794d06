"""The page on which a customer asks for a refund, and the admin's actions."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from django_stripe_payments.models import AuditLogEntry, Payment, Refund, RefundRequest
from django_stripe_payments.services import StripeService
from tests.payments.support.refunding import at_stripe, paid_payment, sum_at_stripe, sum_here

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}
PAYMENTS = "/admin/django_stripe_payments/payment/"
REQUESTS = "/admin/django_stripe_payments/refundrequest/"


@pytest.fixture
def paid(user: Any, stripe_sandbox: Any) -> Payment:
    return paid_payment(stripe_sandbox, user)


def url(payment: Payment) -> str:
    return f"/payments/{payment.pk}/refund/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_page_is_for_the_payer(paid: Payment, other_user: Any, method: str) -> None:
    anonymous, other = Client(), Client()
    other.force_login(other_user)
    assert getattr(anonymous, method)(url(paid)).status_code == 302
    assert getattr(anonymous, method)(url(paid), headers=JSON).status_code == 403
    assert getattr(other, method)(url(paid)).status_code == 404
    assert RefundRequest.objects.count() == 0


def test_posting_needs_a_csrf_token(paid: Payment, user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(url(paid)).status_code == 403


def test_the_page_shows_what_can_be_refunded(paid: Payment, own_client: Client) -> None:
    StripeService.refund_payment(paid, 5)
    response = own_client.get(url(paid))
    page = response.content.decode()
    assert response.status_code == 200
    assert "$20.00" in page
    assert 'max="20.00"' in page
    assert "Send request" in page
    assert "<script>" not in page
    assert " style=" not in page


def test_the_payments_page_links_to_the_form_while_it_is_of_use(
    paid: Payment, own_client: Client
) -> None:
    payment_page = f"/payments/{paid.pk}/"
    assert url(paid) in own_client.get(payment_page).content.decode()
    own_client.post(url(paid))
    assert url(paid) not in own_client.get(payment_page).content.decode()


def test_a_form_becomes_a_request(paid: Payment, own_client: Client, stripe_sandbox: Any) -> None:
    form = own_client.get(url(paid)).context["form"]
    data = {"amount": "10.00", "message": "It rained.", "key": str(form["key"].value())}
    for _ in range(2):
        response = own_client.post(url(paid), data)
        assert response.status_code == 302
        assert response["Location"] == f"/payments/{paid.pk}/"
    asked = RefundRequest.objects.get()
    assert (asked.amount, asked.message, asked.status) == (1000, "It rained.", "pending")
    assert at_stripe(stripe_sandbox, paid) == []
    assert "already" in own_client.get(url(paid)).content.decode()
    entry = AuditLogEntry.objects.get(action="refund_request.created")
    assert (entry.actor, entry.source) == (asked.requested_by, "page")


def test_without_an_amount_all_of_it_is_asked_for(paid: Payment, own_client: Client) -> None:
    own_client.post(url(paid))
    assert RefundRequest.objects.get().amount == 2500


@pytest.mark.parametrize("amount", ["25.01", "0", "-1", "1.001", "much", "NaN", "1e999"])
def test_a_wrong_amount_is_marked(paid: Payment, own_client: Client, amount: str) -> None:
    response = own_client.post(url(paid), {"amount": amount})
    assert response.status_code == 400
    marked = response.content.decode().split('name="amount"')[1].split(">")[0]
    assert 'aria-invalid="true"' in marked
    described = re.search(r'aria-describedby="([^"]+)"', marked)
    assert described
    for each in described[1].split():
        assert f'id="{each}"' in response.content.decode()
    assert response.context["form"].errors.keys() == {"amount"}
    response = own_client.post(url(paid), {"amount": amount}, headers=JSON)
    assert response.status_code == 400
    assert response.json()["error"]["fields"].keys() == {"amount"}
    assert RefundRequest.objects.count() == 0


def test_a_yen_has_no_parts(user: Any, own_client: Client, stripe_sandbox: Any) -> None:
    payment, intent = StripeService.create_payment_intent(user, 500, "ticket", currency="jpy")
    stripe_sandbox.confirm(intent.id)
    StripeService.confirm_payment(payment)
    page = own_client.get(url(payment)).content.decode()
    assert 'step="1"' in page
    assert 'max="500"' in page
    own_client.post(url(payment), {"amount": "200"})
    assert RefundRequest.objects.get().amount == 200


def test_automatically_the_money_goes_back(
    paid: Payment, own_client: Client, settings: Any, stripe_sandbox: Any
) -> None:
    settings.STRIPE_REFUND_REQUESTS = "automatic"
    assert "Refund now" in own_client.get(url(paid)).content.decode()
    key = str(uuid4())
    asked = own_client.post(url(paid), {"amount": "10", "key": key})
    page = asked.content.decode()
    assert "Refund $10.00?" in page
    assert "goes back to Visa •••• 4242" in page
    assert f'name="key" value="{key}"' in page
    assert sum_at_stripe(stripe_sandbox, paid) == 0, "nothing before the confirmation"
    own_client.post(url(paid), {"amount": "10", "key": key, "confirmed": "yes"})
    assert sum_at_stripe(stripe_sandbox, paid) == 1000


def test_a_refusal_of_stripe_is_told(
    paid: Payment, own_client: Client, settings: Any, stripe_sandbox: Any
) -> None:
    settings.STRIPE_REFUND_REQUESTS = "automatic"
    stripe_sandbox.dispute(paid.stripe_id)
    response = own_client.post(url(paid), headers=JSON)
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "stripe_refused"


def test_a_script_sees_and_asks(paid: Payment, own_client: Client) -> None:
    offer = own_client.get(url(paid), headers=JSON).json()
    assert offer.pop("ends_at")
    assert offer == {
        "payment_id": str(paid.pk),
        "can_be_refunded": "25.00",
        "currency": "usd",
        "needs_approval": True,
        "problem": None,
    }
    body = {"amount": 12.5, "message": "It rained."}
    response = own_client.post(url(paid), body, content_type="application/json", headers=JSON)
    asked = RefundRequest.objects.get()
    assert response.status_code == 201
    assert response.json()["request_id"] == str(asked.pk)
    assert (asked.amount, asked.message) == (1250, "It rained.")
    assert own_client.get(url(paid), headers=JSON).json()["problem"]
    again = own_client.post(url(paid), headers=JSON)
    assert again.status_code == 400
    assert again.json()["error"]["code"] == "refund_not_allowed"


@pytest.mark.parametrize(
    "body",
    ["{", "[]", '{"amount": [1]}', '{"amount": true}', r'{"amount": 5, "message": "\ud800"}'],
)
def test_nonsense_is_refused(paid: Payment, own_client: Client, body: str) -> None:
    response = own_client.post(url(paid), body, content_type="application/json", headers=JSON)
    assert response.status_code == 400
    assert RefundRequest.objects.count() == 0


# The admin


def staff(*permissions: str) -> Client:
    person = get_user_model().objects.create_user("staff", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(person)
    return client


def act(client: Client, page: str, action: str, *rows: Any, **data: Any) -> Any:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(page, {**chosen, **data}, follow=True)


def confirm(client: Client, page: str, action: str, *rows: Any, **data: Any) -> Any:
    """Choose the action, and confirm on the page that asks."""
    asked = act(client, page, action, *rows)
    assert "confirmed" in asked.content.decode()
    hidden = {field.name: field.value() for field in asked.context["form"].hidden_fields()}
    answers = {**{name: str(value) for name, value in hidden.items()}, **data}
    for _ in range(2):
        response = act(client, page, action, *rows, confirmed="yes", **answers)
    return response


def test_staff_refunds_a_part_after_confirming(paid: Payment, stripe_sandbox: Any) -> None:
    client = staff("view_payment", "add_refund")
    act(client, PAYMENTS, "refund_payments", paid)
    assert Refund.objects.count() == 0
    confirm(client, PAYMENTS, "refund_payments", paid, amount="10", reason="duplicate")
    refund = Refund.objects.get()
    assert (refund.amount, refund.reason, refund.status) == (1000, "duplicate", "succeeded")
    assert refund.requested_by is not None
    assert refund.requested_by.get_username() == "staff"
    assert sum_at_stripe(stripe_sandbox, paid) == 1000
    assert AuditLogEntry.objects.get(action="refund.created").source == "admin"


def test_staff_refunds_many_and_hears_what_failed(
    paid: Payment, user: Any, stripe_sandbox: Any
) -> None:
    disputed = paid_payment(stripe_sandbox, user)
    stripe_sandbox.dispute(disputed.stripe_id)
    client = staff("view_payment", "add_refund")
    page = confirm(client, PAYMENTS, "refund_payments", paid, disputed).content.decode()
    assert "charged back" in page or "charge_disputed" in page
    assert sum_at_stripe(stripe_sandbox, paid) == 2500
    assert sum_at_stripe(stripe_sandbox, disputed) == 0


def test_without_the_permission_there_is_no_refund_action(paid: Payment) -> None:
    client = staff("view_payment", "view_refund")
    assert "refund_payments" not in client.get(PAYMENTS).content.decode()
    act(client, PAYMENTS, "refund_payments", paid, confirmed="yes", token=str(paid.pk))
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_staff_decides_after_confirming(
    paid: Payment, user: Any, stripe_sandbox: Any, action: str
) -> None:
    asked = StripeService.request_refund(user, paid, 10)
    client = staff("view_refundrequest", "decide_refundrequest")
    confirm(client, REQUESTS, action, asked, note="As you wish.")
    asked.refresh_from_db()
    assert asked.status == {"approve": "approved", "reject": "rejected"}[action]
    assert asked.decision_note == "As you wish."
    assert sum_at_stripe(stripe_sandbox, paid) == (1000 if action == "approve" else 0)


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_without_the_permission_nothing_is_decided(paid: Payment, user: Any, action: str) -> None:
    asked = StripeService.request_refund(user, paid)
    client = staff("view_refundrequest", "change_refundrequest")
    act(client, REQUESTS, action, asked, confirmed="yes")
    asked.refresh_from_db()
    assert asked.status == "pending"


def test_the_admin_shows_refunds_and_requests(
    paid: Payment, user: Any, admin_client: Client
) -> None:
    refund = StripeService.refund_payment(paid, 5)
    asked = StripeService.request_refund(user, paid, 10, "It rained.")
    for page in (
        "/admin/django_stripe_payments/refund/",
        f"/admin/django_stripe_payments/refund/{refund.pk}/change/",
        REQUESTS,
        f"{REQUESTS}{asked.pk}/change/",
        f"{PAYMENTS}{paid.pk}/change/",
    ):
        assert admin_client.get(page).status_code == 200


def test_a_key_serves_one_payment(own_client: Client, user: Any, stripe_sandbox: Any) -> None:
    key = str(uuid4())
    answers = [
        own_client.post(url(paid_payment(stripe_sandbox, user)), {"key": key}, headers=JSON)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert RefundRequest.objects.count() == 2


def test_a_key_is_never_the_refund_that_it_names(
    own_client: Client, user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    """Customers can read the ids of their refunds."""
    settings.STRIPE_REFUND_REQUESTS = "automatic"
    payment = paid_payment(stripe_sandbox, user)
    made = StripeService.refund_payment(payment, "1.00")
    asked = {"key": str(made.pk), "amount": "5.00"}
    assert own_client.post(url(payment), asked, headers=JSON).status_code == 201
    assert sum_here(payment) == sum_at_stripe(stripe_sandbox, payment) == 600
