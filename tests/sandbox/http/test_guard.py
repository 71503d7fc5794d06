"""Web pages that a developer visits can do nothing to the sandbox. Each test uses real HTTP."""

import http.client
import json
from urllib.parse import urlencode

import pytest

SECRET = {"Authorization": "Bearer sk_test_x"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAGE = {"Origin": "https://evil.example"}
HOOK = urlencode({"url": "http://10.0.0.1/", "enabled_events[]": "*"})


@pytest.fixture
def server(sandbox):
    with sandbox.serve(allowed_hosts=["stripe.test"]) as server:
        yield server


@pytest.fixture
def ask(server):
    """Send exactly these headers; returns status, headers, body."""

    def ask(method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, names)
        response = connection.getresponse()
        data = response.read().decode()
        connection.close()
        return response.status, response.headers, data

    return ask


ALLOW = "Access-Control-Allow-Origin"


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/events", "/v1/webhook_endpoints"])
def test_an_answer_to_a_secret_key_opens_to_no_origin(ask, path) -> None:
    status, headers, _ = ask("GET", path, **SECRET)
    assert (status, headers[ALLOW]) == (200, None)


@pytest.mark.parametrize(
    "sent",
    [
        PAGE,
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_no_page_may_use_a_secret_key(ask, customer, sent) -> None:
    status, headers, body = ask("GET", "/v1/customers", **SECRET, **sent)
    assert (status, headers[ALLOW]) == (403, None)
    assert json.loads(body)["error"]["code"] == "secret_key_not_allowed"
    assert customer.id not in body


def test_an_address_that_a_developer_types_is_answered(ask) -> None:
    assert ask("GET", "/v1/customers", **SECRET, **{"Sec-Fetch-Site": "none"})[0] == 200


@pytest.mark.parametrize("headers", [SECRET | FORM | PAGE, FORM | PAGE, FORM])
def test_no_page_registers_a_webhook(ask, client, headers) -> None:
    # A form cannot send the header, so that it sends the key as a parameter.
    body = HOOK if "Authorization" in headers else f"{HOOK}&key=sk_test_x"
    assert ask("POST", "/v1/webhook_endpoints", body, **headers)[0] in (401, 403)
    assert client.v1.webhook_endpoints.list().data == []


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/v1/customers", "GET", 403),
        ("/v1/webhook_endpoints", "POST", 403),
        ("/v1/customers/cus_1", "DELETE", 403),
        ("/v1/nothing", "GET", 404),
        ("/_sandbox/reset", "POST", 403),
    ],
)
def test_a_browser_that_asks_first_is_refused(ask, path, method, status) -> None:
    asked = {**PAGE, "Access-Control-Request-Method": method}
    answered, headers, _ = ask("OPTIONS", path, **asked)
    assert (answered, headers[ALLOW]) == (status, None)


def test_a_page_of_any_origin_may_use_a_publishable_key(ask, intent) -> None:
    path = f"/v1/payment_intents/{intent.id}/confirm"
    asked = {**PAGE, "Access-Control-Request-Method": "POST"}
    assert ask("OPTIONS", path, **asked)[1][ALLOW] == "*"
    form = {
        "key": "pk_test_x",
        "client_secret": intent.client_secret,
        "payment_method": "pm_card_visa",
    }
    status, headers, body = ask("POST", path, urlencode(form), **FORM, **PAGE)
    assert (status, headers[ALLOW]) == (200, "*")
    assert json.loads(body)["status"] == "succeeded"


def test_the_page_reads_why_its_key_is_not_enough(ask) -> None:
    status, headers, body = ask("GET", "/v1/customers?key=pk_test_x", **PAGE)
    assert (status, headers[ALLOW]) == (401, "*")
    assert json.loads(body)["error"]["code"] == "secret_key_required"


@pytest.mark.parametrize(
    "path",
    ["/v1/customers", "/v2/core/events/evt_1", "/js/stripe.js", "/_sandbox/receipts/ch_1", "/"],
)
@pytest.mark.parametrize(
    "host", ["evil.example", "192.0.2.7", "", "[::1", "localhost.evil.example"]
)
def test_a_foreign_host_name_is_refused_on_every_path(ask, path, host) -> None:
    assert ask("GET", path, **SECRET, Host=host)[0] == 403


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "localhost", "shop.localhost", "[::1]", "stripe.test:80"]
)
def test_names_of_this_machine_and_allowed_ones_are_answered(ask, host) -> None:
    assert ask("GET", "/v1/customers", **SECRET, Host=host)[0] == 200
    assert ask("GET", "/js/stripe.js", Host=host)[0] == 200


@pytest.mark.parametrize("sent", [PAGE, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize(
    ("method", "name"), [("GET", "events"), ("POST", "reset"), ("POST", "clock")]
)
def test_no_page_commands_the_sandbox(ask, sandbox, customer, method, name, sent) -> None:
    headers = {"Content-Type": "application/json", **sent}
    assert ask(method, f"/_sandbox/{name}", '{"offset": 9}', **headers)[0] == 403
    assert (len(sandbox.events()), sandbox.world.clock.offset) == (1, 0)
