"""What rules decide, and what becomes of a payment by it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from django_stripe_payments.exceptions import PaymentDenied, TransactionInProgress
from django_stripe_payments.models import AuditLogEntry, Fact, Payment
from django_stripe_payments.payments import checkout
from django_stripe_payments.services import StripeService
from tests.payments.support import rules

pytestmark = pytest.mark.django_db

SHIPPED = "django_stripe_payments.fraud.rules"
DECLINED = "4000000000000002"
#: Its bank authenticates where it is asked to, and not otherwise.
SUPPORTS = "4000000000003055"


@pytest.fixture(autouse=True)
def sandbox(stripe_sandbox: Any) -> Any:
    rules.seen.clear()
    return stripe_sandbox


@pytest.fixture
def use(settings: Any) -> Any:
    def add(*names: str) -> None:
        settings.STRIPE_FRAUD_RULES = [f"tests.payments.support.rules.{name}" for name in names]

    return add


def pay(user: Any, amount: str = "25.00", **options: Any) -> tuple[Payment, Any]:
    return StripeService.create_payment_intent(user, amount, "ticket", **options)


def test_a_rule_is_told_who_pays_what_from_where(
    own_client: Client, user: Any, ticket_type: None, use: Any
) -> None:
    use("look")
    own_client.post(
        "/payments/create-intent/",
        json.dumps({"payment_type": "ticket", "metadata": {"seat": "7"}}),
        content_type="application/json",
        REMOTE_ADDR="192.0.2.9",
    )
    context = rules.seen[0]
    assert (context.user, context.address) == (user, "192.0.2.9")
    payment = context.payment
    assert (payment.amount, payment.currency, payment.payment_type) == (2500, "usd", "ticket")
    assert payment.metadata == {"seat": "7"}


def test_allowed_is_as_without_rules(user: Any, use: Any, sandbox: Any) -> None:
    use("look")
    payment, intent = pay(user)
    assert (payment.review_reason, payment.three_d_secure) == ("", False)
    card = sandbox.object(intent.id)["payment_method_options"].get("card") or {}
    assert card.get("request_three_d_secure") != "any"


def test_a_denial_stores_no_payment_and_is_logged(user: Any, use: Any, sandbox: Any) -> None:
    use("look", "deny")
    with pytest.raises(PaymentDenied, match=r"Please call us\."):
        pay(user)
    assert Payment.objects.count() == 0
    assert sandbox.events() == []
    entry = AuditLogEntry.objects.get(action="payment.denied")
    assert entry.detail == {
        "rule": "tests.payments.support.rules.deny",
        "reason": "on our list",
        "amount": 2500,
        "currency": "usd",
        "type": "ticket",
        "user": str(user.pk),
    }


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("deny", "Please call us."),
        ("deny_curtly", "We can't accept this payment. Please contact us."),
    ],
)
def test_the_customer_reads_words_and_not_the_reason(
    own_client: Client, ticket_type: None, use: Any, rule: str, message: str
) -> None:
    use(rule)
    response = own_client.post(
        "/payments/create-intent/",
        json.dumps({"payment_type": "ticket", "metadata": {"seat": "7"}}),
        content_type="application/json",
    )
    assert response.status_code == 403
    assert response.json()["error"] == {"code": "payment_denied", "message": message}


def test_reviews_go_on_and_add_up(user: Any, use: Any) -> None:
    use("review", "review_too")
    payment, _intent = pay(user)
    assert payment.review_reason == "odd hour; odd name"


def test_a_denial_outweighs_a_review(user: Any, use: Any) -> None:
    use("review", "deny")
    with pytest.raises(PaymentDenied):
        pay(user)


def test_a_rule_can_demand_three_d_secure(user: Any, use: Any, sandbox: Any) -> None:
    use("authenticate")
    payment, intent = pay(user)
    assert payment.three_d_secure
    options = sandbox.object(intent.id)["payment_method_options"]
    assert options["card"]["request_three_d_secure"] == "any"
    assert sandbox.confirm(intent.id, SUPPORTS)["status"] == "requires_action"


@pytest.mark.parametrize("rule", ["breaks", "forgets"])
def test_a_broken_rule_lets_the_payment_go_on_to_a_person(
    user: Any, use: Any, rule: str, caplog: Any
) -> None:
    use(rule, "look")
    payment, _intent = pay(user)
    assert payment.review_reason.startswith(f"tests.payments.support.rules.{rule} ")
    assert len(rules.seen) == 1
    assert f"tests.payments.support.rules.{rule}" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_denial_can_not_be_rolled_back_unseen(user: Any, use: Any) -> None:
    use("deny")
    with pytest.raises(TransactionInProgress), transaction.atomic():
        pay(user)


@pytest.mark.parametrize(
    ("amount", "demanded"), [("99.99", False), ("100", False), ("100.01", True)]
)
def test_three_d_secure_is_demanded_above_a_threshold(
    user: Any, settings: Any, sandbox: Any, amount: str, demanded: bool
) -> None:
    settings.STRIPE_THREE_D_SECURE_THRESHOLD = {"usd": "100"}
    payment, intent = pay(user, amount)
    assert payment.three_d_secure is demanded
    expected = "requires_action" if demanded else "succeeded"
    assert sandbox.confirm(intent.id, SUPPORTS)["status"] == expected


def test_a_threshold_of_another_currency_is_none(user: Any, settings: Any) -> None:
    settings.STRIPE_THREE_D_SECURE_THRESHOLD = {"eur": "1"}
    assert not pay(user)[0].three_d_secure


# Going on with a payment


def test_a_denied_user_can_not_go_on_with_an_open_payment(payment: Payment, use: Any) -> None:
    use("deny")
    with pytest.raises(PaymentDenied):
        checkout.resume(payment)


def test_a_review_that_comes_late_is_noted_once(payment: Payment, use: Any) -> None:
    use("review")
    checkout.resume(payment)
    use("review_too")
    checkout.resume(payment)
    payment.refresh_from_db()
    assert payment.review_reason == "odd hour"


# What Radar is told


def test_radar_gets_metadata_that_the_row_does_not_keep(
    user: Any, settings: Any, sandbox: Any
) -> None:
    settings.STRIPE_RADAR_METADATA = "tests.payments.support.rules.radar_metadata"
    payment, intent = pay(user, metadata={"seat": "7"})
    metadata = sandbox.object(intent.id)["metadata"]
    assert metadata == {
        "seat": "7",
        "account_age_days": "7",
        "django_payment_id": str(payment.pk),
    }
    assert payment.metadata == {"seat": "7"}


@pytest.mark.parametrize(
    ("session", "sent"), [("rse_1", {"session": "rse_1"}), ("evil", None), ("", None)]
)
def test_radar_gets_the_browsers_session(
    own_client: Client, ticket_type: None, session: str, sent: Any
) -> None:
    from django_stripe_payments.models import ApiOperation

    body = {"payment_type": "ticket", "metadata": {"seat": "7"}, "radar_session": session}
    response = own_client.post(
        "/payments/create-intent/", json.dumps(body), content_type="application/json"
    )
    assert response.status_code == 200
    operation = ApiOperation.objects.get(kind="payment_intent.create")
    assert operation.params.get("radar_options") == sent


# The rules that ship


def test_too_many_payments_in_an_hour(user: Any, other_user: Any, settings: Any) -> None:
    settings.STRIPE_FRAUD_RULES = [f"{SHIPPED}.too_many_payments"]
    settings.STRIPE_FRAUD_MAX_PAYMENTS_PER_HOUR = 2
    for _ in range(2):
        payment, _intent = pay(user)
    with pytest.raises(PaymentDenied, match="try again later"):
        pay(user)
    pay(other_user)
    pay(None)
    checkout.resume(payment)  # the ones that are there can still be paid
    an_hour_ago = timezone.now() - timedelta(hours=1, seconds=1)
    Payment.objects.filter(user=user).update(created_at=an_hour_ago)
    pay(user)


def test_too_many_declines_in_a_day(user: Any, settings: Any, sandbox: Any) -> None:
    settings.STRIPE_FRAUD_RULES = [f"{SHIPPED}.too_many_declines"]
    settings.STRIPE_FRAUD_MAX_DECLINES_PER_DAY = 2
    payment, intent = pay(user)
    for _ in range(2):
        pay(user)
        sandbox.confirm(intent.id, DECLINED)
        StripeService.confirm_payment(payment)
    with pytest.raises(PaymentDenied, match="tomorrow"):
        pay(user)
    with pytest.raises(PaymentDenied):
        checkout.resume(payment)
    pay(None)
    Fact.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    pay(user)


def test_a_large_first_payment(user: Any, settings: Any, sandbox: Any) -> None:
    settings.STRIPE_FRAUD_RULES = [f"{SHIPPED}.large_first_payment"]
    settings.STRIPE_FRAUD_LARGE_FIRST_PAYMENT = {"usd": "100"}
    assert pay(user, "100.00")[0].review_reason == ""
    assert pay(user, "100.01")[0].review_reason == "First payment, of $100.01"
    assert pay(None, "100.01")[0].review_reason
    assert pay(user, "5000", currency="jpy")[0].review_reason == ""
    payment, intent = pay(user, "1.00")
    sandbox.confirm(intent.id)
    StripeService.confirm_payment(payment)
    assert pay(user, "100.01")[0].review_reason == ""


# What staff see


def test_the_admin_lists_what_is_to_be_reviewed(admin_client: Client, user: Any, use: Any) -> None:
    plain, _intent = pay(user)
    use("review")
    odd, _intent = pay(user)
    text = admin_client.get("/admin/django_stripe_payments/payment/?review=yes").content.decode()
    assert str(odd.pk) in text
    assert str(plain.pk) not in text
