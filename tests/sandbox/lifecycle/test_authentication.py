"""3-D Secure: when the bank asks, and what follows from the customer's answer."""

import pytest
import stripe

ASKS = ["4000002500003155", "4000002760003184", "4000000000003220"]


@pytest.mark.parametrize("number", ASKS)
def test_the_bank_asks_and_the_customer_completes(sandbox, intent, types, number) -> None:
    waiting = sandbox.confirm(intent.id, number)
    assert waiting["status"] == "requires_action"
    assert waiting["next_action"]["type"] == "use_stripe_sdk"
    assert types()[-1] == "payment_intent.requires_action"
    assert sandbox.authenticate(intent.id)["status"] == "succeeded"
    assert sandbox.object(intent.id)["next_action"] is None


def test_the_charge_tells_of_the_authentication(sandbox, client, intent) -> None:
    sandbox.confirm(intent.id, "4000000000003220")
    charge = client.v1.charges.retrieve(sandbox.authenticate(intent.id)["latest_charge"])
    assert charge.payment_method_details.card.three_d_secure.result == "authenticated"


def test_a_failed_authentication_can_be_tried_again(sandbox, intent, types) -> None:
    sandbox.confirm(intent.id, "4000002760003184")
    failed = sandbox.authenticate(intent.id, succeed=False)
    assert failed["status"] == "requires_payment_method"
    assert failed["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert types()[-1] == "payment_intent.payment_failed"
    assert failed["latest_charge"] is None
    assert sandbox.confirm(intent.id)["status"] == "succeeded"


def test_an_authenticated_card_may_still_be_declined(sandbox, intent) -> None:
    sandbox.confirm(intent.id, "4000008400001629")
    failed = sandbox.authenticate(intent.id)
    assert failed["status"] == "requires_payment_method"
    assert failed["last_payment_error"]["code"] == "card_declined"


def test_nothing_can_be_authenticated_twice(sandbox, intent) -> None:
    sandbox.confirm(intent.id, "4000002760003184")
    sandbox.authenticate(intent.id)
    with pytest.raises(Exception, match="nothing to authenticate"):
        sandbox.authenticate(intent.id)


def test_an_abandoned_dialog_does_not_block_another_card(sandbox, intent) -> None:
    sandbox.confirm(intent.id, "4000002760003184")
    assert sandbox.confirm(intent.id)["status"] == "succeeded"


def test_the_site_may_demand_authentication(client, sandbox) -> None:
    options = {"card": {"request_three_d_secure": "any"}}
    intent = client.v1.payment_intents.create(
        {"amount": 2500, "currency": "usd", "payment_method_options": options}
    )
    assert sandbox.confirm(intent.id, "4000000000003055")["status"] == "requires_action"


def test_a_card_that_supports_it_is_not_asked_for_it(sandbox, intent) -> None:
    assert sandbox.confirm(intent.id, "4000000000003055")["status"] == "succeeded"


def test_a_server_gets_an_address_to_send_the_customer_to(client, intent) -> None:
    params = {
        "payment_method": "pm_card_authenticationRequired",
        "return_url": "https://example.com/done",
    }
    waiting = client.v1.payment_intents.confirm(intent.id, params)
    assert waiting.next_action.redirect_to_url.return_url == "https://example.com/done"


def test_a_server_that_cannot_wait_gets_a_decline(pay) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay("pm_card_authenticationRequired", error_on_requires_action=True)
    assert caught.value.code == "authentication_required"
