"""What Stripe's side says is true, compared with what the site's rows say. Nothing is mended here.

The facts that must be there are told by the events that Stripe made, arrived or not; the state
that must be there is told by Stripe's objects.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from django_stripe_payments.models import (
    ApiOperation,
    Customer,
    Fact,
    Payment,
    ReceiverDelivery,
    Refund,
    WebhookEvent,
)
from tests.chaos.models import Effect
from tests.chaos.poison import ODD, SHAPES
from tests.chaos.receivers import NAMES
from tests.chaos.stripe_side import Item, StripeSide

#: Event → the fact of a payment that it states.
OF_PAYMENTS = {
    "payment_intent.succeeded": "payment_succeeded",
    "payment_intent.canceled": "payment_canceled",
    "payment_intent.payment_failed": "payment_failed",
    "payment_intent.requires_action": "payment_requires_action",
    "payment_intent.processing": "payment_processing",
}
#: Status of a refund → the fact that it states.
OF_REFUNDS = {"succeeded": "payment_refunded", "failed": "refund_failed"}


@dataclass
class Truth:
    """Everything that Stripe has, read once."""

    intents: list[Item]
    refunds: list[Item]
    customers: list[Item]
    fees: dict[str, int]
    events: list[Item]

    @classmethod
    def of(cls, stripe: StripeSide) -> "Truth":
        return cls(
            intents=list(stripe.every("payment_intents")),
            refunds=list(stripe.every("refunds")),
            customers=list(stripe.every("customers")),
            fees={
                booked["source"]: booked["fee"]
                for booked in stripe.every("balance_transactions")
                if booked["type"] == "charge"
            },
            events=stripe.ask("events")["data"],
        )


def differences(truth: Truth, expected: int) -> list[str]:
    """Return what differs between the two sides, or is not finished; nothing if all is well."""
    checks = (
        payments(truth, expected),
        refunds(truth),
        customers(truth),
        facts(truth),
        effects(),
        unfinished(),
        odd_events(),
    )
    return [found for check in checks for found in check]


def payments(truth: Truth, expected: int) -> Iterator[str]:
    rows = {row.stripe_id: row for row in Payment.objects.all()}
    if len(rows) != expected or Payment.objects.count() != expected:
        yield f"{Payment.objects.count()} payments with {len(rows)} intents, not {expected}"
    intents = {intent["id"]: intent for intent in truth.intents}
    for orphan in intents.keys() - rows.keys():
        yield f"orphan: intent {orphan}, {intents[orphan]['status']}, has no payment"
    for lost in rows.keys() - intents.keys():
        yield f"payment {rows[lost].pk} names {lost}, which Stripe does not know"
    given_back = Counter[str]()
    for refund in truth.refunds:
        if refund["status"] not in ("failed", "canceled"):
            given_back[refund["payment_intent"]] += refund["amount"]
    for stripe_id in intents.keys() & rows.keys():
        intent, row = intents[stripe_id], rows[stripe_id]
        theirs = {
            "status": intent["status"],
            "amount": intent["amount"],
            "currency": intent["currency"],
            "amount_received": intent["amount_received"],
            "charge_id": intent["latest_charge"] or "",
            "amount_refunded": given_back[stripe_id],
        }
        if intent["status"] == "succeeded":
            theirs["stripe_fee"] = truth.fees[intent["latest_charge"]]
        for name, value in theirs.items():
            if getattr(row, name) != value:
                yield f"payment {row.pk} {stripe_id}: {name} {getattr(row, name)}, not {value}"


def refunds(truth: Truth) -> Iterator[str]:
    rows = {row.stripe_id: row for row in Refund.objects.all()}
    theirs = {refund["id"]: refund for refund in truth.refunds}
    for orphan in theirs.keys() - rows.keys():
        yield f"orphan: refund {orphan} of {theirs[orphan]['payment_intent']} has no row"
    for row in Refund.objects.exclude(stripe_id__in=theirs.keys()):
        # Stripe refused it, and knows nothing of it.
        if row.status != Refund.Status.FAILED:
            yield f"refund {row.pk} is {row.status}, and Stripe does not know it"
    for stripe_id in theirs.keys() & rows.keys():
        told, row = theirs[stripe_id], rows[stripe_id]
        ours = (row.payment.stripe_id, row.status, row.amount)
        if ours != (told["payment_intent"], told["status"], told["amount"]):
            yield f"refund {row.pk} {stripe_id}: {ours} here, {told['status']} {told['amount']}"


def customers(truth: Truth) -> Iterator[str]:
    ours = set(Customer.objects.values_list("stripe_id", flat=True))
    for orphan in {customer["id"] for customer in truth.customers} ^ ours:
        yield f"orphan: customer {orphan} is on one side only"


def facts(truth: Truth) -> Iterator[str]:
    ours = set(Fact.objects.values_list("key", flat=True))
    true = set(true_facts(truth))
    yield from (f"fact {key} is true and missing" for key in true - ours)
    yield from (f"fact {key} is not true" for key in ours - true)


def true_facts(truth: Truth) -> Iterator[str]:
    """Yield the key of each fact that an event at Stripe states."""
    keys = dict(Payment.objects.values_list("stripe_id", "pk"))
    refund_keys = dict(Refund.objects.values_list("stripe_id", "pk"))
    for event in truth.events:
        about = event["data"]["object"]
        if (kind := OF_PAYMENTS.get(event["type"])) is not None:
            yield ":".join(filter(None, [kind, str(keys.get(about["id"])), _detail(kind, about)]))
        elif about["object"] == "refund" and (kind := OF_REFUNDS.get(about["status"])):
            yield f"{kind}:{refund_keys.get(about['id'])}"
    # Ours alone: Stripe refused, so that nothing is there.
    for pk in Refund.objects.filter(stripe_id=None, status="failed").values_list("pk", flat=True):
        yield f"refund_failed:{pk}"
    for pk in Customer.objects.values_list("pk", flat=True):
        yield f"customer_created:{pk}"


def _detail(kind: str, intent: Item) -> str:
    """What tells apart two facts of one kind and payment: the charge, or the card."""
    if kind == "payment_failed":
        error = intent["last_payment_error"]
        return str(error.get("charge") or error["payment_method"]["id"])
    if kind in ("payment_requires_action", "payment_processing"):
        return str(intent["payment_method"])
    return ""


def effects() -> Iterator[str]:
    """Compare what receivers left with the facts: each once, and none that was overtaken twice."""
    left = Counter(Effect.objects.values_list("receiver", "fact"))
    overtaken = dict(Fact.objects.values_list("key", "overtaken"))
    for key, is_overtaken in overtaken.items():
        for name in NAMES:
            times = left.pop((name, key), 0)
            if times != 1 and not (is_overtaken and times == 0):
                yield f"receiver {name} ran {times} times for {key}"
    yield from (f"receiver {name} ran for {key}, which is no fact" for name, key in left)


def unfinished() -> Iterator[str]:
    yield from unfinished_rows()
    yield from unfinished_calls()


def unfinished_rows() -> Iterator[str]:
    for event in WebhookEvent.objects.filter(finished_at=None).exclude(stripe_id__startswith=ODD):
        yield f"unfinished: {event}, {event.attempts} attempts, {event.last_error[-300:]}"
    for fact in Fact.objects.filter(announced_at=None):
        yield f"unfinished: fact {fact}"
    for turn in ReceiverDelivery.objects.filter(delivered_at=None, fact__overtaken=False):
        yield f"unfinished: {turn.receiver} for {turn.fact}, {turn.last_error[-300:]}"


def odd_events() -> Iterator[str]:
    """Say which of the poison events left no trace for a person to find."""
    rows = {row.stripe_id: row for row in WebhookEvent.objects.filter(stripe_id__startswith=ODD)}
    yield from (f"{ODD}{name} was not stored" for name in SHAPES if f"{ODD}{name}" not in rows)
    for name, row in rows.items():
        if row.finished_at is None and not (row.attempts and row.last_error):
            yield f"{name} failed, and nothing says so"


def unfinished_calls() -> Iterator[str]:
    known = (ApiOperation.Status.SUCCEEDED, ApiOperation.Status.FAILED)
    for operation in ApiOperation.objects.exclude(status__in=known):
        yield f"unfinished: {operation} is {operation.status}, {operation.error}"
    shared = ApiOperation.objects.filter(status="succeeded").values("kind", "target")
    for twice in shared.annotate(times=Count("pk")).filter(times__gt=1):
        yield f"done {twice['times']} times: {twice['kind']} {twice['target']}"


def count(items: Any, name: str) -> dict[str, int]:
    """Count objects by one of their columns."""
    return dict(Counter(item[name] for item in items).most_common())
