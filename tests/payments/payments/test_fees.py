"""Fees are exact, estimated first and real later."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from django_stripe_payments import money, reconcile
from django_stripe_payments.checks.fees import check_fee_rates, check_platform_fee
from django_stripe_payments.exceptions import ConfigurationError
from django_stripe_payments.models import BalanceTransaction, Payment
from django_stripe_payments.payments import fees
from django_stripe_payments.services import StripeService
from tests.payments.support.cards import save
from tests.payments.test_money import CURRENCIES

pytestmark = pytest.mark.django_db


@given(
    amount=st.integers(1, money.MAX_MINOR),
    currency=st.sampled_from(CURRENCIES),
    share=st.decimals(0, 1, places=4),
    fixed=st.decimals(0, 100, places=2),
)
def test_no_minor_unit_is_lost(amount: int, currency: str, share: Decimal, fixed: Decimal) -> None:
    amount = max(money.step(currency), amount - amount % money.step(currency))
    taken = fees.fee(amount, currency, (share, fixed))
    exact = amount * share + fixed.scaleb(money.exponent(currency))
    assert isinstance(taken, int)
    assert 0 <= taken <= amount
    assert taken + (amount - taken) == amount
    assert taken % money.step(currency) == 0
    assert taken == amount or abs(taken - exact) <= Decimal(money.step(currency)) / 2


@pytest.mark.parametrize(
    ("amount", "currency", "country", "expected"),
    [
        (2500, "usd", "", 103),
        (999_999_999_999, "usd", "", 29_000_000_030),
        (2500, "eur", "DE", 63),
        (2500, "eur", "GB", 88),
        (2500, "jpy", "", 73),
        (12_300, "isk", "", 400),
        (12_340, "kwd", "", 660),
    ],
)
def test_the_rate_of_currency_and_country_is_taken(
    settings: Any, amount: int, currency: str, country: str, expected: int
) -> None:
    settings.STRIPE_FEE_RATES = {
        "default": ("0.029", "0.30"),
        "eur": ("0.015", "0.25"),
        "eur:GB": ("0.025", "0.25"),
    }
    assert fees.estimate(amount, currency, country) == expected


def test_a_booked_fee_is_final_for_whoever_read_the_payment_before(payment: Payment) -> None:
    early = Payment.objects.get()
    fees.apply_balance_transaction(payment, BalanceTransaction(currency="usd", fee=103, net=2397))
    fees.apply_balance_transaction(early, BalanceTransaction(currency="usd", fee=1, net=2499))
    payment.refresh_from_db()
    assert (payment.stripe_fee, payment.fee_is_final) == (103, True)


GERMAN = {"default": ("0.029", "0.30"), "usd:DE": ("0.05", "1.00")}


def test_a_saved_card_is_estimated_by_its_country(
    user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_FEE_RATES = GERMAN
    save(user, "pm_card_de")
    assert StripeService.charge_saved_method(user, "25.00", "ticket").stripe_fee == 225


@pytest.mark.parametrize("settles", ["later", "in another currency"])
def test_a_charge_tells_the_country_by_which_to_estimate(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    settings: Any,
    settles: str,
) -> None:
    settings.STRIPE_FEE_RATES = GERMAN
    stripe_sandbox.confirm(payment.stripe_id, "pm_card_de")
    charge = stripe_sandbox.events("charge.updated")[0]
    told = charge["data"]["object"]
    store = stripe_sandbox.world.store
    if settles == "later":
        told["balance_transaction"] = None
    else:
        store.find("balance_transaction", told["balance_transaction"])["currency"] = "eur"
    assert deliver(charge).status_code == 200
    payment.refresh_from_db()
    assert (payment.stripe_fee, payment.fee_is_final) == (225, False)


def test_money_that_is_only_reserved_costs_what_was_expected(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_FEE_RATES = GERMAN
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "hire", capture_method="manual"
    )
    stripe_sandbox.confirm(intent.id, "pm_card_de")
    assert deliver(stripe_sandbox.events("charge.succeeded")[0]).status_code == 200
    payment.refresh_from_db()
    assert payment.stripe_fee == 103


def per_type(payment: Payment) -> int:
    return 200 if payment.payment_type == "ticket" else 0


@pytest.mark.parametrize(
    ("configured", "expected"),
    [(None, 0), (("0.10", "0"), 250), ("tests.payments.payments.test_fees.per_type", 200)],
)
def test_the_platform_takes_what_the_setting_says(
    user: Any, stripe_sandbox: Any, settings: Any, configured: Any, expected: int
) -> None:
    settings.STRIPE_PLATFORM_FEE = configured
    payment, _ = StripeService.create_payment_intent(user, "25.00", "ticket")
    assert payment.platform_fee == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"STRIPE_FEE_RATES": {"usd": ("0.029", 0.30)}}, ["E040"]),
        ({"STRIPE_FEE_RATES": {"usd": ("2.9", "0.30")}}, ["E040"]),
        ({"STRIPE_FEE_RATES": {"usd": "0.029"}}, ["E040"]),
        ({"STRIPE_FEE_RATES": {"usd": ("a share", "0.30")}}, ["E040"]),
        ({"STRIPE_PLATFORM_FEE": (0.1, 0)}, ["E041"]),
        ({"STRIPE_PLATFORM_FEE": "nowhere.fee"}, ["E041"]),
        ({"STRIPE_PLATFORM_FEE": "tests.payments.payments.test_fees.CURRENCIES"}, ["E041"]),
        ({"STRIPE_PLATFORM_FEE": "tests.payments.payments.test_fees.per_type"}, []),
        ({"STRIPE_PLATFORM_FEE": ("0.10", "0")}, []),
    ],
)
def test_a_rate_that_is_not_exact_is_told_at_start_up(
    settings: Any, changes: dict[str, Any], expected: list[str]
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    found = [*check_fee_rates(), *check_platform_fee()]
    assert [str(message.id)[-4:] for message in found] == expected


def far_too_much(payment: Payment) -> int:
    return payment.amount + 1


def less_than_nothing(payment: Payment) -> int:
    return -1


@pytest.mark.parametrize(("rule", "expected"), [("far_too_much", 2500), ("less_than_nothing", 0)])
def test_a_platform_takes_between_nothing_and_everything(
    user: Any, stripe_sandbox: Any, settings: Any, rule: str, expected: int
) -> None:
    settings.STRIPE_PLATFORM_FEE = f"tests.payments.payments.test_fees.{rule}"
    payment, _ = StripeService.create_payment_intent(user, "25.00", "ticket")
    assert payment.platform_fee == expected


def test_what_is_left_is_without_refunds_and_both_fees() -> None:
    sums = {"amount_received": 2500, "amount_refunded": 700, "stripe_fee": 103}
    assert Payment(**sums, platform_fee=250).net == 1447


def in_dollars(payment: Payment) -> Decimal:
    return Decimal("2.50")


def test_a_platform_fee_that_is_no_whole_number_of_minor_units_is_refused(
    user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_PLATFORM_FEE = "tests.payments.payments.test_fees.in_dollars"
    with pytest.raises(ConfigurationError, match="minor units"):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    assert not Payment.objects.exists()


def test_the_estimate_gives_way_to_the_booked_fee(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    Payment.objects.filter(pk=payment.pk).update(stripe_fee=1)
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    payment.refresh_from_db()
    booked = next(e for e in stripe_sandbox.events("charge.updated"))["data"]["object"]
    fee = stripe_sandbox.object(booked["balance_transaction"])["fee"]
    assert (payment.stripe_fee, payment.fee_is_final) == (fee, True)
    assert payment.net == 2500 - fee


def settle_in_euros(sandbox: Any) -> None:
    """Let Stripe settle the only charge in euros."""
    charge = sandbox.events("charge.updated")[0]["data"]["object"]
    transaction = sandbox.world.store.find("balance_transaction", charge["balance_transaction"])
    transaction |= {"currency": "eur", "amount": 2123, "fee": 95, "net": 2028}
    transaction["exchange_rate"] = 0.849235


@pytest.mark.parametrize("steps", [None, ["balance_transactions"]])
def test_a_fee_in_another_currency_is_kept_beside_the_estimate(
    payment: Payment, stripe_sandbox: Any, steps: list[str] | None
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    settle_in_euros(stripe_sandbox)
    reconcile.run(steps=steps)
    payment.refresh_from_db()
    assert payment.settlement_currency == "eur"
    assert (payment.settlement_fee, payment.settlement_net) == (95, 2028)
    assert (payment.currency, payment.stripe_fee, payment.fee_is_final) == ("usd", 103, False)
    assert payment.settlement_net_display == "€20.28"
    assert reconcile.run(steps=steps).is_clean


def test_staff_see_the_estimate_and_what_was_settled(
    payment: Payment, stripe_sandbox: Any, client: Client, admin_client: Client
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    settle_in_euros(stripe_sandbox)
    stripe_sandbox.deliver(client)
    page = admin_client.get(f"/payments/{payment.pk}/")
    assert page.context["fees"]["is_estimate"] is True
    assert page.context["fees"]["stripe_display"] == "$1.03"
    assert page.context["fees"]["settled"] == {"fee_display": "€0.95", "net_display": "€20.28"}
    url = f"/admin/django_stripe_payments/payment/{payment.pk}/change/"
    assert "€0.95, €20.28" in admin_client.get(url).content.decode()
