"""manage.py stripe_sandbox"""

import os
import signal
import subprocess
import sys
import time

import pytest
import requests
import stripe
from django.core.management import CommandError, call_command

from django_stripe_payments.management.commands.stripe_sandbox import webhook_secret

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture
def process(endpoint):
    """The command in a process of its own, as a demo runs it."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.payments.settings"}
    arguments = ["stripe_sandbox", "--port", "0", "--webhook", endpoint.url]
    arguments += ["--allowed-host", "shop.test"]
    process = subprocess.Popen(
        [sys.executable, "-m", "django", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_it_serves_delivers_logs_and_ends_cleanly(process, endpoint) -> None:
    first = process.stdout.readline()
    url = first.split(" serves ")[1].split("/v1/")[0]
    http = stripe.RequestsClient(timeout=10)
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": url}, http_client=http)
    client.v1.customers.create()
    http.close()
    deadline = time.monotonic() + 10
    while not endpoint.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    body, headers = endpoint.requests[0]
    assert stripe.WebhookSignature.verify_header(body, headers["Stripe-Signature"], "whsec_site")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "POST /v1/customers 200" in output
    assert "customer.created" in output
    assert "delivered (200), attempt 1" in output
    assert "has stopped" in output


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_PUBLIC_KEY"])
def test_it_does_not_start_with_a_live_key(settings, name) -> None:
    setattr(settings, name, "sk_live_x" if "SECRET" in name else "pk_live_x")
    with pytest.raises(CommandError, match=f"{name} is a live key"):
        call_command("stripe_sandbox", "--port", "0")


def test_a_port_that_is_taken_is_said_so(sandbox) -> None:
    with sandbox.serve() as server, pytest.raises(CommandError, match="--port"):
        call_command("stripe_sandbox", "--port", str(server.port))


@pytest.mark.parametrize(
    ("setting", "secret"),
    [("whsec_a", "whsec_a"), (["whsec_a", "whsec_b"], "whsec_a"), ("", "whsec_sandbox")],
)
def test_it_signs_with_the_sites_secret(settings, setting, secret) -> None:
    settings.STRIPE_WEBHOOK_SECRET = setting
    assert webhook_secret() == secret


@pytest.mark.parametrize(("host", "status"), [("shop.test", 200), ("other.test", 403)])
def test_it_answers_to_a_host_name_that_is_allowed(process, host, status) -> None:
    url = process.stdout.readline().split(" serves ")[1].split("/v1/")[0]
    headers = {"Authorization": "Bearer sk_test_x", "Host": host}
    assert requests.get(f"{url}/v1/customers", headers=headers, timeout=10).status_code == status
