"""Lines of the log say which event, payment and request they are about."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments import logs, signals
from django_stripe_payments.dispatch import background
from django_stripe_payments.dispatch.background import BackgroundDispatcher
from django_stripe_payments.exceptions import PaymentDenied
from django_stripe_payments.logs import KEYS, PaymentsContext
from django_stripe_payments.logs.redaction import SecretsFilter
from django_stripe_payments.models import AuditLogEntry, Payment, Refund
from django_stripe_payments.refunds import execute as refund_execute
from django_stripe_payments.services import StripeService
from tests.payments.support.refunding import paid_payment

pytestmark = pytest.mark.django_db

FORMAT = "%(message)s|" + "|".join(f"%({key})s" for key in KEYS)


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, str]]]]:
    """What a handler with both filters wrote, each line as a dict."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(PaymentsContext())
    handler.addFilter(SecretsFilter())
    root, package = logging.getLogger(), logging.getLogger("django_stripe_payments")
    before = package.level
    package.setLevel(logging.DEBUG)
    root.addHandler(handler)

    def read() -> list[dict[str, str]]:
        rows = [line.split("|") for line in stream.getvalue().splitlines() if "|" in line]
        return [dict(zip(["message", *KEYS], row, strict=True)) for row in rows]

    yield read
    root.removeHandler(handler)
    package.setLevel(before)


def test_a_line_about_nothing_has_every_key_and_they_are_empty(
    lines: Callable[[], list[dict[str, str]]],
) -> None:
    logging.getLogger("a.site").warning("hello")
    (line,) = lines()
    assert line == {"message": "hello", **dict.fromkeys(KEYS, "")}


def test_what_is_logged_while_an_event_is_applied_names_it_and_its_request(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    lines: Callable[[], list[dict[str, str]]],
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    succeeded = stripe_sandbox.events("payment_intent.succeeded")[0]
    deliver(succeeded)
    (line,) = (line for line in lines() if "→ succeeded" in line["message"])
    assert line["event"] == succeeded["id"]
    assert line["stripe_request_id"] == succeeded["request"]["id"]
    assert (line["payment"], line["payment_intent"]) == (str(payment.pk), payment.stripe_id)


def test_a_thin_event_names_its_request_too() -> None:
    from django_stripe_payments.models import WebhookEvent

    reason = {"type": "request", "request": {"id": "req_1", "idempotency_key": "x"}}
    assert WebhookEvent(type="v1.x", payload={"reason": reason}).request_id == "req_1"
    assert WebhookEvent(type="v1.x", payload={"reason": None}).request_id == ""
    assert WebhookEvent(type="x", payload={"request": None}).request_id == ""


def test_what_a_receiver_logs_names_the_payment_and_the_receiver(
    payment: Payment,
    stripe_sandbox: Any,
    connect: Callable[..., None],
    lines: Callable[[], list[dict[str, str]]],
) -> None:
    def receiver(**named: Any) -> None:
        logging.getLogger("a.site").warning("a place was taken")

    connect(signals.payment_succeeded, receiver, dispatch_uid="places")
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(Client())
    (line,) = (line for line in lines() if line["message"] == "a place was taken")
    assert (line["payment"], line["receiver"]) == (str(payment.pk), "places")
    assert line["fact"] == f"payment_succeeded:{payment.pk}"
    assert line["event"].startswith("evt_")


def test_a_call_to_stripe_names_its_request(
    lines: Callable[[], list[dict[str, str]]], payment: Payment
) -> None:
    StripeService.create_payment_intent(payment.user, "25.00", "ticket")
    line = [line for line in lines() if "payment_intent.create" in line["message"]][-1]
    assert line["stripe_request_id"].startswith("req_")
    assert line["operation"]


def test_a_refund_that_is_put_off_is_named(
    lines: Callable[[], list[dict[str, str]]], user: Any, stripe_sandbox: Any
) -> None:
    refund = Refund.objects.create(
        payment=paid_payment(stripe_sandbox, user), amount=700, currency="usd"
    )
    stripe_sandbox.faults.add("error", method="POST", path="/v1/refunds", status=429)
    assert not refund_execute.finish(refund)
    (line,) = (line for line in lines() if "stays pending" in line["message"])
    assert (line["refund"], line["payment"]) == (str(refund.pk), str(refund.payment_id))


def test_a_payment_that_is_denied_is_named(
    lines: Callable[[], list[dict[str, str]]], user: Any, settings: Any, stripe_sandbox: Any
) -> None:
    settings.STRIPE_FRAUD_RULES = ["tests.payments.support.rules.deny"]
    with pytest.raises(PaymentDenied):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    (line,) = (line for line in lines() if "denied a payment" in line["message"])
    assert line["payment"] == AuditLogEntry.objects.get(action="payment.denied").object_id


class BrokenBroker(BackgroundDispatcher):
    def wake(self, task: str, argument: str | list[str]) -> None:
        raise OSError


def test_a_wake_up_that_failed_names_what_it_was_for(
    lines: Callable[[], list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "paused_until", 0.0)
    dispatcher = BrokenBroker()
    dispatcher.event_stored("evt_1")
    dispatcher.facts_written(["payment_succeeded:1", "payment_refunded:2"])
    failed, paused = lines()
    assert (failed["event"], failed["fact"]) == ("evt_1", "")
    assert (paused["event"], paused["fact"]) == ("", "payment_succeeded:1, payment_refunded:2")


def test_what_the_line_says_itself_wins() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "", (), None)
    record.payment = "mine"
    with logs.log_context(payment="theirs", event="evt_1"):
        assert PaymentsContext().filter(record)
    assert (record.payment, record.event) == ("mine", "evt_1")  # type: ignore[attr-defined]


def test_no_key_has_a_name_that_logging_uses() -> None:
    assert not KEYS.keys() & logging.LogRecord("x", 0, "", 0, "", (), None).__dict__.keys()


def test_the_keys_survive_json() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "", (), None)
    PaymentsContext().filter(record)
    assert json.dumps({key: getattr(record, key) for key in KEYS})


def test_the_settings_in_the_docs_work() -> None:
    from logging.config import DictConfigurator
    from pathlib import Path

    page = Path(__file__).parents[3] / "docs/howto/monitoring.md"
    code = page.read_text().split("```python\nLOGGING")[1].split("```")[0]
    config: dict[str, Any] = {}
    exec("LOGGING" + code, config)  # noqa: S102 - our own page
    configurator = DictConfigurator(config["LOGGING"])
    filters = {
        name: configurator.configure_filter(one)
        for name, one in config["LOGGING"]["filters"].items()
    }
    formatter = configurator.configure_formatter(config["LOGGING"]["formatters"]["line"])
    record = logging.LogRecord("x", logging.INFO, "", 0, "key sk_test_abc", (), None)
    assert all(one.filter(record) for one in filters.values())
    assert formatter.format(record).endswith("key [redacted] event= payment= request=")
