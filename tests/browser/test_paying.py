"""The main job in a real browser: a player pays, has a place, and is told so."""

from typing import Any

from playwright.sync_api import Page, expect

from django_inapp_notifications.models import Notification
from django_stripe_payments.models import Payment
from tests.browser import steps
from tests.example.world import titles
from tournaments.models import Participant


def test_a_player_pays_and_finds_the_confirmation_under_the_bell(
    page: Page, site: Any, player: Any, tournament: Any, shoot: Any
) -> None:
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    shoot("checkout")
    steps.pay_with(page, steps.GOOD)
    steps.expect_success(page)
    shoot("paid")

    site.deliveries_done()
    expect(steps.badge(page)).to_have_text("1")
    panel = steps.open_bell(page)
    confirmation = panel.get_by_role("link", name="You are in: Glyphfall Friday")
    expect(confirmation).to_be_visible()
    shoot("bell")
    confirmation.click()
    expect(page).to_have_url(f"{site.url}{tournament.get_absolute_url()}")
    expect(steps.badge(page)).to_be_hidden()

    expect(page.get_by_text("You are registered")).to_be_visible()
    shoot("registered")
    site.deliveries_done()
    assert Participant.objects.get().user == player
    assert titles(player) == []
    assert titles(tournament.organizer) == ["Nightjar joined Glyphfall Friday"]
    confirmations = Notification.objects.of(player).filter(message__title__startswith="You are in")
    assert confirmations.count() == 1


def test_three_d_secure_completed_gives_the_place(
    page: Page, site: Any, player: Any, tournament: Any, shoot: Any
) -> None:
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    steps.pay_with(page, steps.AUTHENTICATE)
    complete = steps.challenge(page).get_by_role("button", name="Complete authentication")
    expect(complete).to_be_visible()
    shoot("three-d-secure")
    complete.click()
    steps.expect_success(page)
    expect(steps.badge(page)).to_have_text("1")
    steps.expect_place(page, site, tournament)
    site.deliveries_done()
    assert Payment.objects.get().status == "succeeded"
    assert Participant.objects.count() == 1


def test_three_d_secure_failed_says_so_and_the_payment_can_be_tried_again(
    page: Page, site: Any, player: Any, tournament: Any, shoot: Any
) -> None:
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    steps.pay_with(page, steps.AUTHENTICATE)
    steps.challenge(page).get_by_role("button", name="Fail authentication").click()
    expect(page.get_by_role("alert")).to_contain_text("could not verify your identity")
    shoot("three-d-secure-failed")
    expect(steps.pay_button(page)).to_be_enabled()

    site.deliveries_done()
    payment = Payment.objects.get()
    assert payment.status == "requires_payment_method"
    assert not Participant.objects.exists()
    assert titles(player) == ["Registration pending"]

    page.goto(f"{site.url}{payment.get_absolute_url()}")
    expect(page.get_by_role("heading", name="Your payment did not go through")).to_be_visible()
    shoot("not-paid")
    page.get_by_role("link", name="Back to payment").click()
    expect(steps.pay_button(page)).to_be_enabled()


def test_after_a_declined_card_a_good_one_pays_the_same_payment(
    page: Page, site: Any, player: Any, tournament: Any, shoot: Any
) -> None:
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    steps.pay_with(page, steps.DECLINED)
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined. Try another")
    shoot("declined")
    steps.pay_with(page, steps.GOOD)
    steps.expect_success(page)
    expect(steps.badge(page)).to_have_text("1")
    steps.expect_place(page, site, tournament)
    site.deliveries_done()
    assert Payment.objects.get().status == "succeeded"
    assert Participant.objects.count() == 1


def test_who_leaves_the_checkout_comes_back_to_the_same_payment(
    page: Page, site: Any, player: Any, tournament: Any, shoot: Any
) -> None:
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="You left before paying")).to_be_visible()
    shoot("left")
    page.get_by_role("link", name="To the tournament").click()
    expect(page.get_by_role("button", name="Continue to payment")).to_be_visible()
    steps.open_bell(page).get_by_role("link", name="Registration pending").click()
    expect(steps.pay_button(page)).to_be_enabled()
    assert Payment.objects.count() == 1


def test_a_site_may_rename_the_csrf_header_and_hide_its_cookie(
    page: Page, site: Any, player: Any, tournament: Any, settings: Any
) -> None:
    settings.CSRF_HEADER_NAME = "HTTP_X_XSRF_TOKEN"
    settings.CSRF_COOKIE_HTTPONLY = True
    steps.log_in(page, site)
    steps.go_to_checkout(page, tournament)
    steps.pay_with(page, steps.GOOD)
    steps.expect_success(page)
