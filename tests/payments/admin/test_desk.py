"""The admin as a desk: finding a payment, reading its story, acting on it, sums and exports."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from django_stripe_payments import clock, signals
from django_stripe_payments.admin.base import ReadOnlyAdmin
from django_stripe_payments.admin.dashboard_links import dashboard_link
from django_stripe_payments.models import (
    AuditLogEntry,
    BalanceTransaction,
    Customer,
    Dispute,
    Fact,
    Payment,
    ReceiverDelivery,
    Refund,
    RefundRequest,
)
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

APP = "/admin/django_stripe_payments/"
PAYMENTS = f"{APP}payment/"
OTHER = {"amount": 100, "currency": "usd", "payment_type": "tip", "description": "A tip"}


def text(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200, url
    if response.streaming:
        return b"".join(response).decode()  # type: ignore[call-overload, no-any-return]
    return response.content.decode()


def page(row: Any, name: str = "change", *more: str) -> str:
    url = f"admin:django_stripe_payments_{row._meta.model_name}_{name}"
    return reverse(url, args=[row.pk, *more])


def staff(user: Any, *codenames: str) -> Client:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def failing(connect: Callable[..., None]) -> list[str]:
    """A receiver of successful payments that fails for as long as the list is empty."""
    fixed: list[str] = []

    def hand_over(payment: Payment, **named: Any) -> None:
        if not fixed:
            raise LookupError("no seat 7")
        fixed.append(str(payment.pk))

    connect(signals.payment_succeeded, hand_over, dispatch_uid="hand_over")
    return fixed


@pytest.fixture
def paid(
    failing: list[str], payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> Payment:
    """A payment that was declined, then paid, and whose receiver failed."""
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000002")
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    for event in stripe_sandbox.events():
        deliver(event)
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    return payment


# Search


def test_a_payment_is_found_by_whatever_support_was_told(
    admin_client: Client, paid: Payment, user: Any
) -> None:
    user.first_name, user.last_name = "Ines", "Marlow"
    user.save()
    Payment.objects.create(**OTHER)
    told = ["4242", user.username, user.email, "Marlow", "A ticket", str(paid.stripe_id)]
    for word in [
        *told,
        paid.charge_id,
        str(paid.pk),
        str(paid.customer and paid.customer.stripe_id),
    ]:
        shown = text(admin_client, PAYMENTS, q=word)
        assert page(paid) in shown, word
        assert "A tip" not in shown, word


def test_what_belongs_to_a_payment_is_found_by_its_person_and_card(
    admin_client: Client, paid: Payment, user: Any
) -> None:
    StripeService.refund_payment(paid, "5.00")
    RefundRequest.objects.create(payment=paid, amount=100, requested_by=user)
    Dispute.objects.create(stripe_id="dp_1", payment=paid, amount=100, currency="usd", status="won")
    for row in [
        Refund.objects.get(),
        RefundRequest.objects.get(),
        Dispute.objects.get(),
        Fact.objects.get(kind="payment_succeeded"),
        ReceiverDelivery.objects.get(receiver="hand_over"),
        Customer.objects.get(),
    ]:
        url = f"{APP}{row._meta.model_name}/"
        for word in ("4242", user.email, user.username):
            assert page(row) in text(admin_client, url, q=word), (row, word)
        assert page(row) not in text(admin_client, url, q="9999")


# States and sums


@pytest.mark.parametrize(
    ("columns", "shown", "words"),
    [
        ({}, "succeeded", "Paid"),
        ({"amount_refunded": 500}, "partly_refunded", "Partly refunded"),
        ({"amount_refunded": 2500}, "refunded", "Refunded"),
        ({"amount_disputed": 2500}, "disputed", "Disputed"),
        ({"status": "canceled", "amount_received": 0}, "canceled", "Canceled"),
    ],
)
def test_the_list_says_and_filters_what_became_of_a_payment(
    admin_client: Client, columns: dict[str, Any], shown: str, words: str
) -> None:
    values = {**OTHER, "status": "succeeded", "amount": 2500, "amount_received": 2500, **columns}
    payment = Payment.objects.create(**values)
    assert f">{words}</span>" in text(admin_client, PAYMENTS)
    filters = ["succeeded", "partly_refunded", "refunded", "disputed", "canceled"]
    found = [each for each in filters if page(payment) in text(admin_client, PAYMENTS, shown=each)]
    assert found == [shown]


def test_sums_are_per_currency_in_the_major_unit_and_follow_the_filters(
    admin_client: Client,
) -> None:
    for _ in range(2):
        Payment.objects.create(**{**OTHER, "amount": 123456, "amount_refunded": 1050})
    Payment.objects.create(**{**OTHER, "amount": 500, "currency": "jpy"})
    totals = admin_client.get(PAYMENTS).context_data["totals"]  # type: ignore[attr-defined]
    assert [(row["currency"], row["count"]) for row in totals] == [("JPY", 1), ("USD", 2)]
    assert [amount for _title, amount in totals[1]["sums"]] == [
        *("$2,469.12", "$0.00", "$21.00", "$0.00")
    ]
    one = admin_client.get(PAYMENTS, {"currency": "jpy"})
    assert [row["currency"] for row in one.context_data["totals"]] == ["JPY"]  # type: ignore[attr-defined]


def test_the_export_has_every_row_that_the_list_has(
    admin_client: Client, paid: Payment, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    rows = [Payment(**{**OTHER, "amount": n, "description": f"=tip {n}"}) for n in range(1, 121)]
    Payment.objects.bulk_create(rows)
    shown = text(admin_client, PAYMENTS, payment_type="tip")
    assert f"{PAYMENTS}export.csv?payment_type=tip" in shown
    with django_assert_max_num_queries(9):
        file = text(admin_client, f"{PAYMENTS}export.csv", payment_type="tip")
    lines = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert len(lines) == 120, "all of them, not a page"
    assert {line["Amount"] for line in lines} == {f"{n / 100:.2f}" for n in range(1, 121)}
    assert all(line["Description"].startswith("'=tip") for line in lines)
    (line,) = csv.DictReader(
        io.StringIO(text(admin_client, f"{PAYMENTS}export.csv", q="4242").removeprefix("\ufeff"))
    )
    assert (line["Paid with"], line["Status"]) == ("Visa •••• 4242", "Paid")


@pytest.mark.parametrize("model", ["payment", "refund", "dispute", "payout", "balancetransaction"])
def test_an_export_needs_the_permission_to_view(other_user: Any, model: str) -> None:
    url = f"{APP}{model}/export.csv"
    assert staff(other_user, f"view_{model}").get(url).status_code == 200
    assert staff(other_user, "view_customer").get(url).status_code == 403


def test_an_export_of_what_is_no_filter_goes_to_the_list(admin_client: Client) -> None:
    answer = admin_client.get(f"{PAYMENTS}export.csv", {"created_at__gte": "x"})
    assert (answer.status_code, answer["Location"]) == (302, f"{PAYMENTS}?e=1")


def test_amounts_below_zero_are_numbers_and_texts_are_no_formulas(admin_client: Client) -> None:
    now = clock.now()
    sums = {"amount": -1050, "fee": 0, "net": -1050, "currency": "usd"}
    BalanceTransaction.objects.create(
        stripe_id="txn_1", type="a;=1+1", created=now, available_on=now, **sums
    )
    file = text(admin_client, f"{APP}balancetransaction/export.csv")
    assert '"-10.50"' in file, "quoted, and no text"
    assert '"a;\'=1+1"' in file


def test_amounts_are_shown_in_the_major_unit(admin_client: Client, paid: Payment) -> None:
    shown = text(admin_client, page(paid))
    assert "$25.00" in shown
    assert ">2500<" not in shown
    refund = StripeService.refund_payment(paid, "12.34")
    shown = text(admin_client, page(refund))
    assert "$12.34" in shown
    assert "1234<" not in shown


# The page of a payment


def test_a_payments_page_tells_its_whole_story(
    admin_client: Client, paid: Payment, user: Any
) -> None:
    refund = StripeService.refund_payment(paid, "5.00")
    asked = RefundRequest.objects.create(
        payment=paid, amount=100, requested_by=user, message="Rain", decision_note="Sorry"
    )
    dispute = Dispute.objects.create(
        stripe_id="dp_1", payment=paid, amount=100, currency="usd", status="needs_response"
    )
    shown = text(admin_client, page(paid))
    for row in (refund, asked, dispute, ReceiverDelivery.objects.get(receiver="hand_over")):
        assert page(row) in shown, row
    for words in ("Rain", "Sorry", "no seat 7", "Traceback", "generic_decline", "Visa •••• 0002"):
        assert words in shown, words
    assert "Payment started" in shown, "the audit log"
    delivery = ReceiverDelivery.objects.get(receiver="hand_over")
    assert page(delivery, "do", "replay_deliveries") in shown


def test_history_is_the_audit_log(admin_client: Client, paid: Payment) -> None:
    StripeService.refund_payment(paid, "5.00")
    shown = text(admin_client, page(paid, "history"))
    assert "Payment started" in shown
    assert "Refund started" in shown
    entry = AuditLogEntry.objects.filter(action="refund.created").get()
    assert page(entry) in shown
    assert "no entries" in text(admin_client, page(entry, "history"))


def test_no_page_links_to_a_customers_page(admin_client: Client, paid: Payment) -> None:
    assert "View on site" not in text(admin_client, page(paid))


@pytest.mark.parametrize(
    ("columns", "url"),
    [
        ({"livemode": True}, "https://dashboard.stripe.com/payments/pi_1"),
        ({"livemode": False}, "https://dashboard.stripe.com/test/payments/pi_1"),
        (
            {"livemode": False, "account": "acct_1"},
            "https://dashboard.stripe.com/acct_1/test/payments/pi_1",
        ),
        ({"stripe_id": None}, ""),
        ({"stripe_id": "re_1"}, ""),
    ],
)
def test_the_dashboard_is_linked_in_the_rows_mode(columns: dict[str, Any], url: str) -> None:
    assert dashboard_link(Payment(**{"stripe_id": "pi_1", **columns})) == url


def test_a_sandbox_has_no_dashboard(paid: Payment, admin_client: Client, settings: Any) -> None:
    assert dashboard_link(paid) == ""
    assert "dashboard.stripe.com" not in text(admin_client, page(paid))
    settings.STRIPE_API_BASE = "http://localhost:9000"
    assert dashboard_link(Payment(stripe_id="pi_1")) == ""


# Buttons


def test_a_part_is_refunded_from_the_page_after_a_question(
    admin_client: Client, paid: Payment
) -> None:
    url = page(paid, "do", "refund_payments")
    assert url in text(admin_client, page(paid))
    asked = admin_client.get(url)
    assert "$25.00 refundable" in asked.content.decode()
    assert page(paid) in asked.content.decode(), "the way back"
    assert not Refund.objects.exists()
    form = asked.context_data["form"]  # type: ignore[attr-defined]
    data = {"confirmed": "yes", "amount": "5.00", "token": str(form.initial["token"])}
    done = admin_client.post(url, data, follow=True)
    assert done.redirect_chain == [(page(paid), 302)]  # type: ignore[attr-defined]
    assert "Partly refunded" in done.content.decode()
    assert Refund.objects.get().amount == 500
    admin_client.post(url, data)
    assert Refund.objects.count() == 1, "a second click refunds nothing more"


def test_a_reserved_amount_is_captured_in_part(
    admin_client: Client, user: Any, stripe_sandbox: Any
) -> None:
    payment, _intent = StripeService.create_payment_intent(
        user, "25.00", "ticket", "A ticket", {}, capture_method="manual"
    )
    stripe_sandbox.confirm(payment.stripe_id)
    StripeService.confirm_payment(payment)
    url = page(payment, "do", "capture_payments")
    assert url in text(admin_client, page(payment))
    assert "$25.00 reserved" in text(admin_client, url)
    admin_client.post(url, {"confirmed": "yes", "amount": "20.00"})
    payment.refresh_from_db()
    assert (payment.status, payment.amount_received) == ("succeeded", 2000)
    assert url not in text(admin_client, page(payment))


@pytest.mark.parametrize(
    ("action", "permission"),
    [
        ("refund_payments", "add_refund"),
        ("capture_payments", "capture_payment"),
        ("cancel_payments", "cancel_payment"),
        ("review_payments", "review_payment"),
    ],
)
def test_a_button_needs_its_permission(
    paid: Payment, other_user: Any, action: str, permission: str
) -> None:
    url = page(paid, "do", action)
    assert staff(other_user, "view_payment").get(url).status_code == 403
    assert staff(other_user, "view_payment").post(url, {"confirmed": "yes"}).status_code == 403
    assert staff(other_user, permission).get(url).status_code == 403, "may not see it"
    assert staff(other_user, "view_payment", permission).get(url).status_code == 200


def test_a_button_changes_nothing_without_its_token(paid: Payment, admin_user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    url = page(paid, "do", "refund_payments")
    assert client.post(url, {"confirmed": "yes"}).status_code == 403
    assert client.get(page(paid, "do", "delete_selected")).status_code == 403
    missing = url.replace(str(paid.pk), "00000000-0000-0000-0000-000000000000")
    assert client.get(missing).status_code == 404


def test_a_failed_receiver_is_run_again_from_the_payments_page(
    admin_client: Client, paid: Payment, failing: list[str], other_user: Any
) -> None:
    delivery = ReceiverDelivery.objects.get(receiver="hand_over")
    url = page(delivery, "do", "replay_deliveries")
    assert url not in text(staff(other_user, "view_payment"), page(paid))
    failing.append("fixed")
    admin_client.post(url, {"confirmed": "yes"})
    assert failing == ["fixed", str(paid.pk)]


def test_a_request_is_decided_on_its_page(admin_client: Client, paid: Payment, user: Any) -> None:
    asked = StripeService.request_refund(user, paid, "5.00")
    url = page(asked, "do", "reject")
    assert url in text(admin_client, page(asked))
    admin_client.post(url, {"confirmed": "yes", "note": "Too late."})
    asked.refresh_from_db()
    assert (asked.status, asked.decision_note) == ("rejected", "Too late.")
    assert url not in text(admin_client, page(asked))


# The start page


def test_the_start_page_lists_what_waits_and_leads_there(
    admin_client: Client, paid: Payment, user: Any
) -> None:
    StripeService.request_refund(user, paid, "5.00")
    Dispute.objects.create(
        stripe_id="dp_1", payment=paid, amount=100, currency="usd", status="needs_response"
    )
    Payment.objects.filter(pk=paid.pk).update(review_reason="Large")
    start = admin_client.get(APP)
    tasks = start.content.decode()
    expected = {
        "1 refund request waits": RefundRequest.objects.get(),
        "1 dispute needs a response": Dispute.objects.get(),
        "1 receiver fails": ReceiverDelivery.objects.get(receiver="hand_over"),
        "1 payment needs review": paid,
    }
    for words, row in expected.items():
        assert words in tasks
        url = tasks.split(words)[0].rsplit('href="', 1)[1].split('"')[0]
        assert page(row) in text(admin_client, url.replace("&amp;", "&")), words


def test_the_start_page_shows_only_what_the_user_may_see(paid: Payment, other_user: Any) -> None:
    client = staff(other_user, "view_payment")
    shown = text(client, APP)
    assert "fails" not in shown
    assert f"{APP}receiverdelivery/" not in shown
    assert PAYMENTS in shown
    assert "Nothing waits" in shown


def test_every_model_has_its_place_on_the_start_page(admin_client: Client) -> None:
    shown = text(admin_client, APP).split('class="dsp-desk"')[1]
    groups = ["Payments", "Customers", "Money at Stripe", "Events and receivers"]
    places = [shown.index(f"<h2>{title}</h2>") for title in groups]
    assert places == sorted(places)
    assert "<h2>More</h2>" not in shown


def test_every_list_begins_with_the_newest() -> None:
    for model, model_admin in admin.site._registry.items():
        if isinstance(model_admin, ReadOnlyAdmin):
            order = model_admin.ordering or model._meta.ordering
            assert order, model
            assert str(order[0]).startswith("-"), model
