"""Giving money back in a real browser: a customer asks, staff decides, everybody sees it."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from django_stripe_payments.models import Payment, Refund
from django_stripe_payments.services import StripeService
from tests.browser import steps
from tests.example.world import PASSWORD


@pytest.fixture
def paid(site: Any, player: Any) -> Payment:
    payment, intent = StripeService.create_payment_intent(
        player, "25.00", "gift_card", "A gift card"
    )
    site.sandbox.confirm(intent.id)
    return StripeService.confirm_payment(payment)


def ask(page: Page, site: Any, paid: Payment, amount: str, button: str, shoot: Any) -> None:
    steps.log_in(page, site)
    page.goto(f"{site.url}/payments/{paid.pk}/")
    page.get_by_role("link", name="Request a refund").click()
    shoot(f"refund-{button.split()[0].lower()}")
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Why are you requesting a refund?").fill("It rained.")
    page.get_by_role("button", name=button).click()


def test_a_customer_asks_for_a_refund_and_sees_it_done(
    page: Page, site: Any, paid: Payment, settings: Any, shoot: Any
) -> None:
    settings.STRIPE_REFUND_REQUESTS = "automatic"
    ask(page, site, paid, "10.00", "Refund now", shoot)
    expect(page.get_by_role("heading", name="Refund $10.00?")).to_be_visible()
    shoot("refund-confirm")
    page.get_by_role("button", name="Refund $10.00").click()
    expect(page.get_by_text("$10.00 is on its way back to you")).to_be_visible()
    refunds = page.get_by_role("region", name="Refunds")
    expect(refunds.get_by_text("Refunded", exact=True)).to_be_visible()
    shoot("refunded")
    site.deliveries_done()
    paid.refresh_from_db()
    assert paid.amount_refunded == Refund.objects.get().amount == 1000


def test_staff_approves_what_a_customer_asked_for(
    page: Page, site: Any, paid: Payment, shoot: Any
) -> None:
    ask(page, site, paid, "25.00", "Send request", shoot)
    expect(page.get_by_text("We received your refund request for $25.00")).to_be_visible()
    page.goto(f"{site.url}/payments/{paid.pk}/refund/")
    shoot("refund-waits")

    # Django's admin names no icon, and the browser asks for one.
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.context.clear_cookies()
    get_user_model().objects.create_superuser("boss", password=PASSWORD)
    steps.log_in(page, site, "boss")
    page.goto(f"{site.url}/admin/django_stripe_payments/refundrequest/")
    page.locator("input[name=_selected_action]").check()
    page.get_by_label("Action:").select_option(label="Approve and refund selected requests…")
    page.get_by_role("button", name="Run", exact=True).or_(
        page.get_by_role("button", name="Go", exact=True)
    ).click()
    expect(page.get_by_text("Approve these requests?").first).to_be_visible()
    page.get_by_label("Note to the customer").fill("Sorry about the rain.")
    shoot("approve")
    page.get_by_role("button", name="sure").click()
    expect(page.get_by_text("Done for 1 refund request.")).to_be_visible()
    shoot("approved")
    site.deliveries_done()
    paid.refresh_from_db()
    assert paid.amount_refunded == 2500
    assert Refund.objects.get().status == "succeeded"
