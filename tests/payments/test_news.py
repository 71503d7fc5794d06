"""News never destroys: what an event or a reconciliation may change at Stripe, enumerated."""

import re
from pathlib import Path

import pytest

from django_stripe_payments.stripe_api import operations
from tests.payments.support.reachable import writes_from
from tests.payments.support.writes import writes

PREFIX = "django_stripe_payments."
ARCHITECTURE = Path(__file__).parents[2] / "docs/explanation/architecture.md"

EVENTS = ("webhooks.handler", "webhooks.process", "webhooks.record", "webhooks.thin")
SWEEP = ("maintenance.sweep",)
SYNC = ("reconcile",)

#: A call that the syntax shows, and that is none: it parses what was delivered.
PARSES = {"webhooks.thin._notification"}

#: Writes that are no operations: nothing would have to be found or resolved after a lost answer.
NO_OPERATIONS = {
    # A secret that expires: there is nothing to find, and another one does no harm.
    "customers.mobile.make_ephemeral_key",
    "customers.mobile.open_session",
    # A file that nothing names is never used.
    "disputes.evidence.add_file",
    # Deleting again is a 404.
    "maintenance.erasure._delete_at_stripe",
    # Commands of an operator, who sees what is there.
    "webhooks.endpoints.create",
    "webhooks.endpoints.ensure",
    "webhooks.endpoints.remove",
}

BY_EVENTS = {"payment_method.detach", "payment_method.renew", "refund.create"}
BY_SYNC = {
    "customer.create",
    "customer.update",
    "payment_intent.cancel",
    "payment_intent.cancel_orphan",
    "payment_intent.create",
    "refund.create",
}


def kinds_from(*rooms: str) -> set[str]:
    """The registered operations that can be reached from these rooms, and other writes."""
    kinds = {
        f"{operation.call.__module__}.{operation.call.__name__}".removeprefix(PREFIX): kind
        for kind, operation in operations.registered().items()
    }
    return {kinds.get(write, write) for write in writes_from(*rooms) - PARSES}


def documented() -> list[set[str]]:
    """The calls in the first column of each table of the section."""
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("### News never destroys")[2]
    tables = text.partition("\n### ")[0].split("| call | only |")[1:]
    rows = [re.findall(r"^\| (.+?) \|", table, re.M) for table in tables]
    return [set(re.findall(r"`(.+?)`", " ".join(kinds))) for kinds in rows]


def test_every_other_write_is_an_operation() -> None:
    calls = {
        f"{operation.call.__module__}.{operation.call.__name__}".removeprefix(PREFIX)
        for operation in operations.registered().values()
    }
    assert writes() - calls - PARSES == NO_OPERATIONS


def test_an_event_writes_nothing_at_stripe_but_what_is_enumerated() -> None:
    assert kinds_from(*EVENTS) == BY_EVENTS


@pytest.mark.parametrize(("rooms", "kinds"), [(SWEEP, {"refund.create"}), (SYNC, BY_SYNC)])
def test_a_sweep_and_a_sync_write_nothing_at_stripe_but_what_is_enumerated(
    rooms: tuple[str, ...], kinds: set[str]
) -> None:
    assert kinds_from(*rooms) == kinds


def test_the_docs_enumerate_the_same_calls() -> None:
    assert documented() == [BY_EVENTS, BY_SYNC - BY_EVENTS]
