# ruff: noqa: S310 - every address is the sandbox's own
"""The sandbox over real HTTP."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

PARAMS = {"amount": 2500, "currency": "usd"}


#: A script of the package that is not the stand-in's; from there it is ``../../`` and this.
PAYMENTS_JS = "static%2Fdjango_stripe_payments%2Fpayments.js"


@pytest.fixture
def server(sandbox):
    with sandbox.serve() as server:
        yield server


@pytest.fixture
def remote(server):
    """The SDK with its own HTTP client."""
    addresses = {"api": server.url, "files": server.url}
    http = stripe.RequestsClient(timeout=10)
    yield stripe.StripeClient("sk_test_x", base_addresses=addresses, http_client=http)
    http.close()


def fetch(server, path, data=None, **headers):
    """Return status, headers and body of one request."""
    body = data.encode() if isinstance(data, str) else data
    request = urllib.request.Request(server.url + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def command(server, name, **data):
    headers = {"Content-Type": "application/json"}
    status, _, body = fetch(server, f"/_sandbox/{name}", json.dumps(data), **headers)
    return status, json.loads(body)


def test_a_payment(sandbox, remote) -> None:
    intent = remote.v1.payment_intents.create(PARAMS)
    sandbox.confirm(intent.id)
    found = remote.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert found.latest_charge.status == "succeeded"


def test_errors_travel_too(remote) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        remote.v1.customers.retrieve("cus_x")


def test_a_cut_is_a_broken_connection(sandbox, remote) -> None:
    sandbox.faults.add("cut", path="payment_intents")
    with pytest.raises(stripe.APIConnectionError):
        remote.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    again = remote.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_a_hang_is_a_timeout(sandbox, server) -> None:
    fault = sandbox.faults.add("hang")
    http = stripe.RequestsClient(timeout=0.2)
    addresses = {"api": server.url}
    impatient = stripe.StripeClient("sk_test_x", base_addresses=addresses, http_client=http)
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.customers.create()
    fault.release()
    http.close()


def test_many_at_once(sandbox, remote) -> None:
    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(lambda _: remote.v1.payment_intents.create(PARAMS).id, range(60)))
    assert len(set(made)) == 60


def test_the_stand_in_for_stripe_js_is_served(server) -> None:
    status, headers, body = fetch(server, "/js/stripe.js")
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert "Stripe" in body


def test_frames_may_load_nothing_from_elsewhere(server) -> None:
    _, headers, _ = fetch(server, "/js/element.html")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/js/..%2Fsandbox.py", f"/js/..%2F..%2F{PAYMENTS_JS}", "/js/%2Fetc%2Fpasswd", "/js/"],
)
def test_nothing_but_the_stand_in_is_served(server, path) -> None:
    assert fetch(server, path)[0] == 404


def test_a_page_of_any_origin_may_make_a_payment_method(server) -> None:
    request = urllib.request.Request(f"{server.url}/v1/payment_methods", method="OPTIONS")
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_browser_pays_and_authenticates(remote, server) -> None:
    intent = remote.v1.payment_intents.create(PARAMS)
    secret = f"client_secret={intent.client_secret}"
    card = "payment_method_data[card]"
    form = (
        f"key=pk_test_x&{secret}&payment_method_data[type]=card&{card}[number]=4000002760003184"
        f"&{card}[exp_month]=12&{card}[exp_year]=34&{card}[cvc]=123&use_stripe_sdk=true"
    )
    _, _, body = fetch(server, f"/v1/payment_intents/{intent.id}/confirm", form)
    assert json.loads(body)["status"] == "requires_action"
    form = f"{secret}&outcome=complete"
    status, _, body = fetch(server, "/_sandbox/browser/authenticate", form)
    assert (status, json.loads(body)["status"]) == (200, "succeeded")
    assert "metadata" not in json.loads(body)


def test_authentication_needs_the_client_secret(server) -> None:
    status, _, body = fetch(server, "/_sandbox/browser/authenticate", "client_secret=pi_1_secret_2")
    assert (status, json.loads(body)["error"]["code"]) == (404, "resource_missing")


def test_the_redirect_page_returns_the_customer(remote, server) -> None:
    params = {
        "payment_method": "pm_card_authenticationRequired",
        "confirm": True,
        "return_url": f"{server.url}/js/stripe.js?order=5",
    }
    intent = remote.v1.payment_intents.create({**PARAMS, **params})
    page = intent.next_action.redirect_to_url.url.removeprefix(server.url)
    assert "Complete authentication" in fetch(server, page)[2]
    form = f"client_secret={intent.client_secret}&outcome=complete"
    assert fetch(server, page, form)[0] == 200
    assert remote.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_commands_from_outside(sandbox, server, remote) -> None:
    intent = remote.v1.payment_intents.create(PARAMS)
    sandbox.confirm(intent.id, "4000000000005605")
    assert command(server, "settle", payment_intent=intent.id)[1]["status"] == "succeeded"
    _, opened = command(server, "disputes", payment_intent=intent.id, reason="duplicate")
    assert opened["reason"] == "duplicate"
    _, closed = command(server, "disputes", dispute=opened["id"], outcome="lost")
    assert closed["status"] == "lost"
    assert command(server, "warnings", payment_intent=intent.id)[1]["actionable"]
    events = json.loads(fetch(server, "/_sandbox/events")[2])["data"]
    assert events[-1]["type"] == "radar.early_fraud_warning.created"
    command(server, "reset")
    assert sandbox.events() == []


def test_faults_and_chaos_from_outside(sandbox, server, remote) -> None:
    command(server, "faults", kind="error", status=503)
    assert json.loads(fetch(server, "/_sandbox/faults")[2])["data"][0]["status"] == 503
    with pytest.raises(stripe.APIError):
        remote.v1.customers.create()
    assert command(server, "chaos", drop=1.0)[0] == 200
    assert json.loads(fetch(server, "/_sandbox/deliveries")[2]) == {"data": []}
    assert json.loads(fetch(server, "/_sandbox/queue")[2]) == {"waiting": 0, "under_way": 0}


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("settle", {"payment_intent": "pi_x"}, 400),
        ("settle", {}, 400),
        ("faults", {"kind": "explode"}, 400),
        ("chaos", {"colour": "red"}, 400),
        ("explode", {}, 404),
    ],
)
def test_a_wrong_command_is_told_so(server, name, data, status) -> None:
    answered, body = command(server, name, **data)
    assert (answered, "error" in body) == (status, True)


def test_a_form_of_another_site_commands_nothing(server, sandbox, customer) -> None:
    text = {"Content-Type": "text/plain"}
    status, _, _ = fetch(server, "/_sandbox/reset", "{}", **text)
    assert (status, len(sandbox.events())) == (400, 1)


def test_a_body_without_end_is_refused(server) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/v1/customers", headers={"Content-Length": str(10**9)})
    assert connection.getresponse().status == 413
    connection.close()


def test_a_body_that_breaks_off_is_no_request(server, sandbox) -> None:
    import http.client
    import socket

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(
        "POST",
        "/v1/customers",
        headers={"Authorization": "Bearer sk_test_x", "Content-Length": "20"},
    )
    connection.sock.shutdown(socket.SHUT_WR)
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()
    assert sandbox.events() == []


def test_payouts_by_command(server, remote) -> None:
    intent = remote.v1.payment_intents.create(PARAMS)
    server.sandbox.confirm(intent.id)
    _, payout = command(server, "payouts")
    assert command(server, "payouts", payout=payout["id"], outcome="paid")[1]["status"] == "paid"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:12111", 200),
        ("localhost", 200),
        ("shop.localhost:80", 200),
        ("[::1]:12111", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("192.0.2.7", 403),
        ("localhost.evil.example:12111", 403),
    ],
)
def test_commands_are_taken_under_this_machines_names_only(server, host, status) -> None:
    """A website may let its name point here, and is then of one origin with the sandbox."""
    assert fetch(server, "/_sandbox/events", Host=host)[0] == status


def test_the_api_itself_answers_under_a_name_that_was_allowed(sandbox) -> None:
    key = {"Authorization": "Bearer sk_test_x", "Host": "stripe.test"}
    with sandbox.serve(allowed_hosts=["stripe.test"]) as server:
        assert fetch(server, "/v1/customers", **key)[0] == 200
    with sandbox.serve() as server:
        assert fetch(server, "/v1/customers", **key)[0] == 403


def test_what_fails_in_the_background_is_logged_and_the_rest_goes_on(
    sandbox, caplog, monkeypatch
) -> None:
    from django_stripe_payments.sandbox.lifecycle import due

    done = []

    def act(world, identifier: str) -> None:
        if identifier == "bad":
            raise RuntimeError("no such thing")
        done.append(identifier)

    monkeypatch.setitem(due.ACTIONS, "settle", act)
    monkeypatch.setattr(
        sandbox.world.timetable, "take", lambda now: [("settle", "bad"), ("settle", "good")]
    )
    sandbox.run_due()
    assert done == ["good"]
    assert "could not settle bad" in caplog.text


def test_the_thread_that_looks_at_the_clock_survives(sandbox, caplog, monkeypatch) -> None:
    import threading

    again = threading.Event()

    def fails() -> None:
        if "could not do what was due" in caplog.text:
            again.set()
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(sandbox, "run_due", fails)
    with sandbox.serve():
        assert again.wait(10)
