"""A disputed payment as staff sees it, in a real browser."""

from typing import Any

from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from django_stripe_payments.models import Dispute
from django_stripe_payments.services import StripeService
from tests.browser import steps
from tests.example.world import PASSWORD


def test_staff_sees_a_dispute_with_its_due_date_and_answers_it(
    page: Page, site: Any, player: Any, shoot: Any
) -> None:
    _, intent = StripeService.create_payment_intent(player, "25.00", "gift_card", "A gift card")
    site.sandbox.confirm(intent.id, "4000000000000259")
    site.deliveries_done()
    dispute = Dispute.objects.get()
    # Django's admin names no icon, and the browser asks for one.
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    get_user_model().objects.create_superuser("boss", password=PASSWORD)
    steps.log_in(page, site, "boss")
    page.goto(f"{site.url}/admin/django_stripe_payments/dispute/?evidence=open")
    page.get_by_role("link", name=dispute.stripe_id).click()
    expect(page.get_by_text("Evidence due by")).to_be_visible()
    shoot("dispute")
    page.get_by_role("link", name="Respond with evidence").click()
    page.get_by_label("Product description").fill("A gift card for the shop.")
    shoot("evidence")
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_text("This is final")).to_be_visible()
    shoot("evidence-final")
    page.get_by_role("button", name="Submit to Stripe").click()
    expect(page.get_by_text("Evidence submitted to Stripe.")).to_be_visible()
    theirs = site.sandbox.object(dispute.stripe_id)["evidence"]
    assert theirs["product_description"] == "A gift card for the shop."
