"""What people write into their own pages: fetch() and Stripe.js, from a page of the site."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from django_stripe_payments.models import Payment
from tests.browser import steps
from tournaments.models import Participant

GET_COOKIE = """
    function getCookie(name) {
        const found = document.cookie.split('; ').find((each) => each.startsWith(name + '='));
        return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
    }
"""

CREATE_INTENT = f"""
    async ({{amount, description, tournamentId}}) => {{
        {GET_COOKIE}
        const response = await fetch('/payments/create-intent/', {{
            method: 'POST',
            headers: {{
                'Content-Type': 'application/json',
                'X-CSRFToken': getCookie('csrftoken')
            }},
            body: JSON.stringify({{
                amount: amount,
                payment_type: 'tournament_fee',
                description: description,
                metadata: {{tournament_id: tournamentId}}
            }})
        }});
        return response.json();
    }}
"""

MOUNT_CARD = """
    (publicKey) => {
        document.querySelector('main').replaceChildren(document.createElement('div'));
        window.stripe = Stripe(publicKey);
        window.cardElement = window.stripe.elements().create('card');
        window.cardElement.mount('main > div');
        return new Promise((resolve) => window.cardElement.on('ready', () => resolve(true)));
    }
"""

CONFIRM_CARD = """
    async (data) => {
        const result = await stripe.confirmCardPayment(data.client_secret, {
            payment_method: {
                card: cardElement,
                billing_details: {name: 'Nightjar', email: 'nightjar@example.com'}
            }
        });
        return result.error ? {error: result.error.message}
            : {status: result.paymentIntent.status};
    }
"""


@pytest.fixture
def own_page(page: Page, site: Any, player: Any, tournament: Any) -> Page:
    """The tournament's page, with the player logged in."""
    steps.log_in(page, site)
    page.goto(f"{site.url}{tournament.get_absolute_url()}")
    return page


def create_intent(page: Page, tournament: Any, amount: object) -> dict[str, Any]:
    order = {"amount": amount, "description": "anything", "tournamentId": tournament.pk}
    answer: dict[str, Any] = page.evaluate(CREATE_INTENT, order)
    return answer


def test_fetch_and_confirm_card_payment_pay_for_a_place(
    own_page: Page, site: Any, tournament: Any
) -> None:
    own_page.add_script_tag(url=f"{site.sandbox.world.base_url}/js/stripe.js")
    data = create_intent(own_page, tournament, 25.00)
    own_page.evaluate(MOUNT_CARD, "pk_test_sandbox")
    steps.fill_card(own_page, steps.GOOD)
    assert own_page.evaluate(CONFIRM_CARD, data) == {"status": "succeeded"}

    own_page.goto(f"{site.url}/payments/success/{data['payment_id']}/")
    steps.expect_success(own_page)
    site.deliveries_done()
    assert Participant.objects.get().payment == Payment.objects.get()


def test_an_amount_changed_in_the_browser_changes_nothing(
    page: Page, site: Any, player: Any, tournament: Any
) -> None:
    steps.log_in(page, site)
    session = page.context.request
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    # Not by fetch(): a 400 is an error in the page's console, and this page must have none.
    response = session.post(
        f"{site.url}/payments/create-intent/",
        headers={"X-CSRFToken": cookies["csrftoken"]},
        data={
            "amount": 1,
            "payment_type": "tournament_fee",
            "metadata": {"tournament_id": tournament.pk},
        },
    )
    assert response.status == 400
    assert not Payment.objects.exists()


def test_polling_and_the_dropdowns_call_answer_what_the_page_shows(
    own_page: Page, site: Any
) -> None:
    own_page.get_by_role("button", name="Register").click()
    expect(steps.pay_button(own_page)).to_be_enabled()
    count = own_page.evaluate(
        "fetch('/notifications/unread-count/').then((response) => response.json())"
    )
    assert count["count"] == 1
    recent = own_page.evaluate(
        """fetch('/notifications/recent/', {headers: {'X-Requested-With': 'XMLHttpRequest'}})
            .then((response) => response.json())"""
    )
    assert recent["unread_count"] == 1
    assert recent["notifications"][0]["title"] == "Registration pending"
