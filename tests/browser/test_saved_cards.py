"""Saved cards in a real browser: saved, paid with, made the default, removed."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from django_stripe_payments.exceptions import AuthenticationRequired
from django_stripe_payments.models import Payment, PaymentMethod
from django_stripe_payments.services import StripeService
from tests.browser import steps

MASTERCARD = "5555 5555 5555 4444"


def cards(page: Page) -> Any:
    return page.get_by_role("region", name="Saved cards")


def add_card(page: Page, site: Any, number: str) -> None:
    page.goto(f"{site.url}/payments/methods/")
    page.get_by_role("link", name="Add a card").click()
    expect(page.get_by_role("button", name="Save card")).to_be_enabled()
    steps.fill_card(page, number)
    page.get_by_role("button", name="Save card").click()


def test_a_card_is_saved_made_the_default_and_removed(
    page: Page, site: Any, player: Any, shoot: Any
) -> None:
    steps.log_in(page, site)
    page.goto(f"{site.url}/payments/methods/")
    expect(page.get_by_role("heading", name="No saved cards yet")).to_be_visible()
    shoot("cards-none")
    page.get_by_role("link", name="Add a card").click()
    expect(page.get_by_role("button", name="Save card")).to_be_enabled()
    shoot("cards-add")

    add_card(page, site, steps.GOOD)
    expect(page.get_by_text("Visa •••• 4242 was saved.")).to_be_visible()
    add_card(page, site, MASTERCARD)
    visa, mastercard = (
        cards(page).get_by_role("listitem").filter(has_text=last4) for last4 in ("4242", "4444")
    )
    expect(visa.get_by_text("Default", exact=True)).to_be_visible()
    shoot("cards")

    mastercard.get_by_role("button", name="Make default").click()
    expect(mastercard.get_by_text("Default", exact=True)).to_be_visible()
    expect(visa.get_by_text("Default", exact=True)).to_be_hidden()

    visa.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("heading", name="Remove Visa ending in 4242?")).to_be_visible()
    shoot("cards-remove")
    page.get_by_role("button", name="Remove card").click()
    expect(page.get_by_text("Visa •••• 4242 was removed.")).to_be_visible()
    expect(visa).to_be_hidden()
    site.deliveries_done()
    [left] = StripeService.list_payment_methods(player)
    assert (left.last4, left.is_default) == ("4444", True)


def test_a_bank_that_asks_is_answered_while_saving(page: Page, site: Any, player: Any) -> None:
    steps.log_in(page, site)
    add_card(page, site, steps.AUTHENTICATE)
    steps.challenge(page).get_by_role("button", name="Complete authentication").click()
    expect(page.get_by_text("Visa •••• 3184 was saved.")).to_be_visible()


def test_a_refused_card_is_not_saved_and_another_one_is(page: Page, site: Any, player: Any) -> None:
    steps.log_in(page, site)
    add_card(page, site, steps.DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined.")
    steps.fill_card(page, steps.GOOD)
    page.get_by_role("button", name="Save card").click()
    expect(page.get_by_text("Visa •••• 4242 was saved.")).to_be_visible()
    site.deliveries_done()
    assert PaymentMethod.objects.get().last4 == "4242"


def test_a_player_pays_with_a_saved_card(
    page: Page, site: Any, player: Any, tournament: Any, shoot: Any
) -> None:
    card = StripeService.add_payment_method(player, "pm_card_visa")
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    expect(page.get_by_role("radio", name="Visa •••• 4242")).to_be_checked()
    expect(page.locator(steps.FIELDS)).to_be_hidden()
    shoot("checkout-saved-card")
    steps.pay_button(page).click()
    steps.expect_success(page)
    site.deliveries_done()
    payment = Payment.objects.get()
    assert payment.status == "succeeded"
    assert site.sandbox.object(payment.stripe_id)["payment_method"] == card.stripe_id


def test_a_saved_card_whose_bank_asks_is_confirmed_on_the_checkout(
    page: Page, site: Any, player: Any, tournament: Any
) -> None:
    StripeService.add_payment_method(player, "pm_card_authenticationRequired")
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    steps.pay_button(page).click()
    steps.challenge(page).get_by_role("button", name="Complete authentication").click()
    steps.expect_success(page)


def test_another_card_than_the_saved_one_pays_and_is_saved(
    page: Page, site: Any, player: Any, tournament: Any
) -> None:
    StripeService.add_payment_method(player, "pm_card_visa")
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    page.get_by_role("radio", name="Another card").check()
    steps.fill_card(page, MASTERCARD)
    page.get_by_role("checkbox", name="Save this card for next time").check()
    steps.pay_button(page).click()
    steps.expect_success(page)
    site.deliveries_done()
    assert {card.last4 for card in StripeService.list_payment_methods(player)} == {"4242", "4444"}


def test_a_card_that_was_removed_meanwhile_is_said_so(
    context: BrowserContext, site: Any, player: Any, tournament: Any
) -> None:
    # Not the page that must stay free of errors: the browser reports our refusal as one.
    page = context.new_page()
    card = StripeService.add_payment_method(player, "pm_card_visa")
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    StripeService.remove_payment_method(player, card)
    steps.pay_button(page).click()
    expect(page.get_by_role("alert")).to_have_text("This card was removed. Choose another one.")
    expect(steps.pay_button(page)).to_be_enabled()


def test_a_charge_that_the_bank_did_not_let_through_is_completed(
    page: Page, site: Any, player: Any, shoot: Any
) -> None:
    StripeService.add_payment_method(player, "pm_card_authenticationRequired")
    with pytest.raises(AuthenticationRequired) as asked:
        StripeService.charge_saved_method(player, "12.00", "membership", description="November")
    payment = asked.value.payment
    assert payment is not None
    steps.log_in(page, site)
    page.goto(f"{site.url}{payment.authenticate_url}")
    confirm = page.get_by_role("button", name="Confirm with your bank")
    expect(confirm).to_be_enabled()
    shoot("authenticate")
    confirm.click()
    steps.challenge(page).get_by_role("button", name="Fail authentication").click()
    expect(page.get_by_role("alert")).to_contain_text("could not verify your identity")
    confirm.click()
    steps.challenge(page).get_by_role("button", name="Complete authentication").click()
    steps.expect_success(page)
    site.deliveries_done()
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_a_guest_pays_by_a_link(page: Page, site: Any, shoot: Any) -> None:
    payment, _intent = StripeService.create_payment_intent(None, "25.00", "donation", "A coffee")
    page.goto(f"{site.url}{payment.guest_checkout_url}")
    expect(steps.pay_button(page)).to_be_enabled()
    page.reload()
    expect(steps.pay_button(page)).to_be_enabled()
    shoot("guest-checkout")
    steps.pay_with(page, steps.DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined.")
    steps.pay_with(page, steps.GOOD)
    steps.expect_success(page)
    site.deliveries_done()
    payment.refresh_from_db()
    assert payment.status == "succeeded"
