"""The admin as a desk, in a browser: a support story in eight clicks, and no axe violation."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Locator, Page, expect

from django_stripe_payments import signals
from django_stripe_payments.models import Dispute, Payment, ReceiverDelivery
from django_stripe_payments.services import StripeService
from tests.browser import steps
from tests.browser.test_every_page import violations
from tests.example.world import PASSWORD, UserFactory

APP = "/admin/django_stripe_payments/"

#: The label of the search field is Django's own, in every list of every admin.
DJANGO = "label-title-only: ['#searchbar']"


class Clicks:
    """Counts what a person clicks."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, target: Locator) -> None:
        target.click()
        self.number += 1


@pytest.fixture
def fixed() -> Iterator[list[str]]:
    """A receiver of payments that fails for as long as the list is empty."""
    ran: list[str] = []

    def fulfill(payment: Payment, **named: Any) -> None:
        if not ran:
            raise LookupError("There is no shelf 7.")
        ran.append(str(payment.pk))

    signals.payment_succeeded.connect(fulfill, weak=False, dispatch_uid="shop.fulfill")
    yield ran
    signals.payment_succeeded.disconnect(dispatch_uid="shop.fulfill")


@pytest.fixture
def boss(page: Page, site: Any) -> Page:
    """A browser in which a superuser is logged in to the admin."""
    # Django's admin names no icon, and the browser asks for one.
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    get_user_model().objects.create_superuser("boss", password=PASSWORD)
    steps.log_in(page, site, "boss")
    return page


def pay(site: Any, user: Any, card: str, amount: str = "25.00", words: str = "A gift") -> Payment:
    payment, intent = StripeService.create_payment_intent(user, amount, "gift_card", words)
    site.sandbox.confirm(intent.id, card)
    return StripeService.confirm_payment(payment)


@pytest.fixture
def paid(site: Any, player: Any, fixed: list[str]) -> Payment:
    """A payment whose receiver failed, among the payments of others."""
    for number in range(3):
        pay(site, UserFactory(), "5555555555554444", f"{number + 5}.00")
    payment = pay(site, player, "4242424242424242", words="A deck of cards")
    site.deliveries_done()
    assert ReceiverDelivery.objects.filter(receiver="shop.fulfill", delivered_at=None).exists()
    return payment


def test_from_four_digits_to_the_money_back_in_eight_clicks(
    boss: Page, site: Any, paid: Payment, fixed: list[str], shoot: Any
) -> None:
    page, click = boss, Clicks()
    page.goto(f"{site.url}{APP}payment/")
    page.locator("#searchbar").fill("4242")
    click(page.get_by_role("button", name="Search"))
    shoot("desk-list")
    click(page.locator(".toplinks a:not(.date-back)").last)
    click(page.get_by_role("link", name="A deck of cards"))
    attempts = page.get_by_role("region", name="Attempts to pay")
    expect(attempts.get_by_text("Visa •••• 4242")).to_be_visible()
    facts = page.get_by_role("region", name="Facts and their receivers")
    expect(facts.get_by_text("There is no shelf 7.").first).to_be_visible()
    shoot("desk-payment")
    fixed.append("fixed")
    failed = facts.get_by_role("paragraph").filter(has_text="shop.fulfill")
    click(failed.get_by_role("link", name="Run again"))
    shoot("desk-again")
    click(page.get_by_role("button", name="sure"))
    expect(page.get_by_text("Done for 1 receiver delivery.")).to_be_visible()
    assert str(paid.pk) in fixed
    click(page.get_by_role("link", name="A deck of cards"))
    click(page.get_by_role("link", name="Refund…"))
    page.get_by_label("Amount").fill("10.00")
    shoot("desk-refund")
    click(page.get_by_role("button", name="sure"))
    expect(page.get_by_text("Partly refunded")).to_be_visible()
    paid.refresh_from_db()
    assert paid.amount_refunded == 1000
    assert click.number <= 8


def test_our_admin_pages_have_no_violation(
    boss: Page, site: Any, paid: Payment, player: Any, shoot: Any
) -> None:
    pay(site, player, "4000000000000259", words="A chair")
    StripeService.request_refund(player, paid, "5.00", "It rained.")
    site.deliveries_done()
    dispute = Dispute.objects.get()
    delivery = ReceiverDelivery.objects.filter(receiver="shop.fulfill").first()
    assert delivery
    pages = {
        "start": APP,
        "payments": f"{APP}payment/",
        "payment": f"{APP}payment/{paid.pk}/change/",
        "history": f"{APP}payment/{paid.pk}/history/",
        "refund": f"{APP}payment/{paid.pk}/do/refund_payments/",
        "again": f"{APP}receiverdelivery/{delivery.pk}/do/replay_deliveries/",
        "requests": f"{APP}refundrequest/",
        "disputes": f"{APP}dispute/",
        "dispute": f"{APP}dispute/{dispute.pk}/change/",
        "evidence": f"{APP}dispute/{dispute.pk}/evidence/",
        "deliveries": f"{APP}receiverdelivery/",
    }
    wrong: list[str] = []
    for scheme in ("light", "dark"):
        boss.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for name, path in pages.items():
            boss.goto(f"{site.url}{path}")
            found = (each for each in violations(boss) if DJANGO not in each)
            wrong += [f"{name}, {scheme}: {each}" for each in found]
            shoot(f"admin-{name}-{scheme}")
    assert wrong == [], "\n".join(wrong)
