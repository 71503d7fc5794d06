"""The stand-in for Stripe.js in a real browser, on a page whose policy allows nothing inline."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

SHOP_PAGE = """<!doctype html><html lang="en"><title>Shop</title>
<form id="form"><div id="fields"></div><button>Pay</button></form>
<script src="{url}/js/stripe.js"></script>"""

MOUNT = """([type, options]) => new Promise((resolve, reject) => {
  window.stripe = Stripe("pk_test_shop");
  window.elements = stripe.elements(options);
  const element = elements.create(type);
  window.element = element;
  window.heard = [];
  element.on("change", (event) => heard.push(event));
  element.on("ready", resolve);
  element.on("loaderror", ({ error }) => reject(new Error(error.message)));
  element.mount("#fields");
})"""
CONFIRM = """(redirect) => {
  const params = { return_url: location.origin + "/done?order=5" };
  window.answer = stripe.confirmPayment({ elements, confirmParams: params, redirect });
}"""


@pytest.fixture
def server(sandbox):
    with sandbox.serve() as server:
        yield server


class Shop(BaseHTTPRequestHandler):
    """Answers every address with the shop's one page. ``sandbox_url`` is set by the fixture."""

    sandbox_url = ""

    def do_GET(self) -> None:
        policy = f"default-src 'none'; script-src {self.sandbox_url}; frame-src {self.sandbox_url}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(SHOP_PAGE.format(url=self.sandbox_url).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silence."""


@pytest.fixture
def shop_url(server):
    """The shop has an origin of its own, as a site has."""
    handler = type("ShopOfOneTest", (Shop,), {"sandbox_url": server.url})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as shop:
        threading.Thread(target=shop.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{shop.server_port}"
        shop.shutdown()


@pytest.fixture
def shop(page, shop_url):
    """An open page of a shop. Any violation of its policy fails the test."""
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(shop_url)
    yield page
    expected = ("402", "400", "404", "ERR_INTERNET_DISCONNECTED")
    assert not [text for text in complaints if not any(word in text for word in expected)]


@pytest.fixture
def checkout(shop, intent):
    shop.evaluate(MOUNT, ["payment", {"clientSecret": intent.client_secret}])
    return shop


def fields(page):
    return page.frame_locator('iframe[title="Secure payment input frame"]')


def challenge(page):
    return page.frame_locator('iframe[title="3-D Secure authentication"]')


def type_card(page, number, expiry="1234", cvc="123"):
    fields(page).get_by_label("Card number").fill(number)
    fields(page).get_by_label("Expiration date").fill(expiry)
    fields(page).get_by_label("Security code").fill(cvc)


def confirm(page, redirect="if_required"):
    """Start confirming; the result is what ``answer(page)`` waits for."""
    page.evaluate(CONFIRM, redirect)


def answer(page):
    return page.evaluate("() => window.answer")


def status(client, intent):
    return client.v1.payment_intents.retrieve(intent.id).status


def test_a_good_card_pays(checkout, client, intent):
    type_card(checkout, "4242 4242 4242 4242")
    confirm(checkout)
    assert answer(checkout)["paymentIntent"]["status"] == "succeeded"
    assert status(client, intent) == "succeeded"


def test_a_declined_card_is_told_and_the_same_payment_takes_another(checkout, client, intent):
    type_card(checkout, "4000 0000 0000 0002")
    confirm(checkout)
    error = answer(checkout)["error"]
    assert (error["type"], error["code"]) == ("card_error", "card_declined")
    assert (error["decline_code"], error["message"]) == (
        "generic_decline",
        "Your card was declined.",
    )
    assert error["payment_intent"]["id"] == intent.id
    type_card(checkout, "4242 4242 4242 4242")
    confirm(checkout)
    assert answer(checkout)["paymentIntent"]["status"] == "succeeded"


def test_completed_authentication_pays(checkout, client, intent):
    type_card(checkout, "4000 0027 6000 3184")
    confirm(checkout)
    challenge(checkout).get_by_role("button", name="Complete authentication").click()
    assert answer(checkout)["paymentIntent"]["status"] == "succeeded"
    assert status(client, intent) == "succeeded"


def test_failed_authentication_is_an_error_in_words_for_the_customer(checkout, client, intent):
    type_card(checkout, "4000 0027 6000 3184")
    confirm(checkout)
    challenge(checkout).get_by_role("button", name="Fail authentication").click()
    error = answer(checkout)["error"]
    assert error["code"] == "payment_intent_authentication_failure"
    assert error["message"].startswith("We are unable to authenticate your payment method.")
    assert status(client, intent) == "requires_payment_method"


def test_escape_does_not_dismiss_the_banks_question(checkout):
    type_card(checkout, "4000 0027 6000 3184")
    confirm(checkout)
    challenge(checkout).get_by_role("heading").wait_for()
    for _ in range(3):
        checkout.keyboard.press("Escape")
    challenge(checkout).get_by_text("Choose one of the two answers").wait_for()
    checkout.evaluate("() => document.querySelector('dialog').focus()")
    checkout.keyboard.press("Escape")
    checkout.keyboard.press("Escape")
    challenge(checkout).get_by_role("button", name="Complete authentication").click()
    assert answer(checkout)["paymentIntent"]["status"] == "succeeded"


def test_tab_stays_in_the_banks_question(checkout):
    type_card(checkout, "4000 0027 6000 3184")
    confirm(checkout)
    frame = challenge(checkout)
    frame.get_by_role("heading").and_(frame.locator(":focus")).wait_for()
    focused = []
    for key in ["Tab", "Tab", "Tab", "Shift+Tab"]:
        checkout.keyboard.press(key)
        focused.append(frame.locator(":focus").inner_text())
    complete, fail = "Complete authentication", "Fail authentication"
    assert focused == [complete, fail, complete, fail]


def test_redirect_always_returns_to_the_shop_as_stripe_does(checkout, intent, shop_url):
    type_card(checkout, "4242 4242 4242 4242")
    confirm(checkout, redirect="always")
    checkout.wait_for_url(
        f"{shop_url}/done?order=5&payment_intent={intent.id}"
        f"&payment_intent_client_secret={intent.client_secret}&redirect_status=succeeded"
    )


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "code"),
    [
        ("", "", "", "incomplete_number"),
        ("4242 4242 4242 4241", "12 / 34", "123", "invalid_number"),
        ("4242 4242 4242 4242", "12 / 20", "123", "invalid_expiry_year_past"),
        ("4242 4242 4242 4242", "13 / 34", "123", "invalid_expiry_month"),
        ("3782 822463 10005", "12 / 34", "123", "incomplete_cvc"),
    ],
)
def test_what_is_missing_is_found_before_anything_is_sent(
    checkout, client, intent, number, expiry, cvc, code
):
    type_card(checkout, number, expiry, cvc)
    confirm(checkout)
    error = answer(checkout)["error"]
    assert (error["type"], error["code"]) == ("validation_error", code)
    assert fields(checkout).get_by_text(error["message"]).is_visible()
    assert client.v1.payment_intents.retrieve(intent.id).last_payment_error is None


def test_fields_format_what_is_typed(checkout):
    frame = fields(checkout)
    frame.get_by_label("Card number").press_sequentially("378282246310005")
    frame.get_by_label("Expiration date").press_sequentially("430")
    assert frame.get_by_label("Card number").input_value() == "3782 822463 10005"
    assert frame.get_by_label("Expiration date").input_value() == "04 / 30"
    assert frame.get_by_text("Amex").is_visible()


def test_a_narrow_phone_shows_the_whole_number(checkout):
    frame = fields(checkout)
    checkout.set_viewport_size({"width": 320, "height": 640})
    frame.get_by_label("Card number").press_sequentially("5555555555554444")
    cut = "input => input.scrollWidth > input.clientWidth"
    assert not frame.get_by_label("Card number").evaluate(cut)


def test_backspace_walks_over_the_slash(checkout):
    expiry = fields(checkout).get_by_label("Expiration date")
    expiry.press_sequentially("123")
    expiry.press("Backspace")
    expiry.press("Backspace")
    assert expiry.input_value() == "1"


def test_a_click_on_a_test_card_fills_everything_in(checkout):
    fields(checkout).get_by_role("button", name="Succeeds").click()
    confirm(checkout)
    assert answer(checkout)["paymentIntent"]["status"] == "succeeded"


def test_every_test_card_on_offer_is_one_that_the_sandbox_knows(checkout):
    from django_stripe_payments.sandbox.bank.cards import BY_NUMBER

    offered = fields(checkout).locator("#test-cards button").all()
    numbers = [button.get_attribute("title").replace(" ", "") for button in offered]
    assert numbers
    assert set(numbers) <= set(BY_NUMBER)


def test_the_page_hears_of_changes_and_never_of_numbers(checkout):
    type_card(checkout, "4242 4242 4242 4242")
    checkout.wait_for_function("() => heard.at(-1)?.complete")
    heard = checkout.evaluate("() => JSON.stringify(heard) + document.documentElement.outerHTML")
    assert "4242" not in heard


def test_enter_in_a_field_submits_the_shops_form(checkout):
    checkout.evaluate(
        "() => form.addEventListener('submit', (e) => { e.preventDefault(); heard.push('sent'); })"
    )
    fields(checkout).get_by_label("Security code").press("Enter")
    checkout.wait_for_function("() => heard.includes('sent')")


def test_confirm_card_payment_takes_a_card_element(shop, client, intent):
    shop.evaluate(MOUNT, ["card", {}])
    type_card(shop, "4242 4242 4242 4242")
    shop.evaluate(
        """(secret) => { window.answer = stripe.confirmCardPayment(secret, { payment_method: {
        card: element, billing_details: { name: "Ana", email: "ana@example.com" } } }); }""",
        intent.client_secret,
    )
    assert answer(shop)["paymentIntent"]["status"] == "succeeded"
    paid = client.v1.payment_intents.retrieve(intent.id, {"expand": ["payment_method"]})
    assert paid.payment_method.billing_details.email == "ana@example.com"


def test_retrieve_payment_intent_needs_the_client_secret(shop, intent):
    ask = """(secret) => Stripe("pk_test_shop").retrievePaymentIntent(secret)"""
    found = shop.evaluate(ask, intent.client_secret)["paymentIntent"]
    assert (found["id"], found["status"]) == (intent.id, "requires_payment_method")
    assert "error" in shop.evaluate(ask, f"{intent.id}_secret_wrong")


def test_handle_next_action_asks_the_bank(shop, client, intent):
    client.v1.payment_intents.confirm(
        intent.id,
        {"payment_method": "pm_card_authenticationRequired", "use_stripe_sdk": True},
    )
    shop.evaluate(
        """(clientSecret) => {
        window.answer = Stripe("pk_test_shop").handleNextAction({ clientSecret }); }""",
        intent.client_secret,
    )
    challenge(shop).get_by_role("button", name="Complete authentication").click()
    assert answer(shop)["paymentIntent"]["status"] == "succeeded"


def test_only_test_keys_are_taken(shop):
    name = shop.evaluate("""() => { try { Stripe("pk_live_x"); } catch (e) { return e.name; } }""")
    assert name == "IntegrationError"


def test_a_lost_connection_is_an_error_that_can_be_told(checkout):
    type_card(checkout, "4242 4242 4242 4242")
    checkout.context.set_offline(True)
    confirm(checkout)
    assert answer(checkout)["error"]["type"] == "api_connection_error"
