"""Operations that a site declares itself get the promises of the app's own."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.utils import timezone

from django_stripe_payments import reconcile
from django_stripe_payments.customers.customer import get_or_create_customer
from django_stripe_payments.exceptions import OutcomeUnknown, StripeCallFailed
from django_stripe_payments.models import ApiOperation, Customer
from django_stripe_payments.stripe_api import calls, operations
from django_stripe_payments.stripe_api.client import get_client
from django_stripe_payments.stripe_api.operations import Operation, Resolution

pytestmark = pytest.mark.django_db

Status = ApiOperation.Status

#: Stripe does it, and its answer is lost on each of the SDK's tries.
CUT = {"kind": "cut", "method": "POST", "path": "/v1/customers/", "times": 3}

Declare = Callable[..., Operation[Customer, stripe.Customer, None]]


@pytest.fixture
def customer(user: Any, stripe_sandbox: Any) -> Customer:
    return get_or_create_customer(user)


def call(customer: Customer, params: Any, options: Any) -> stripe.Customer:
    return get_client().v1.customers.update(customer.known_stripe_id, params, options)


def find(customer: Customer, attempt: ApiOperation) -> stripe.Customer | None:
    found = get_client().v1.customers.retrieve(customer.known_stripe_id)
    return found if found.name == attempt.params["name"] else None


def settle(customer: Customer, renamed: stripe.Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(name=renamed.name)


@pytest.fixture
def declare() -> Iterator[Declare]:
    """Register the renaming of a customer as an operation of the site, for one test."""
    declared = []

    def add(**changes: Any) -> Operation[Customer, stripe.Customer, None]:
        fields = {"call": call, "find": find, "settle": settle, **changes}
        operation = Operation[Customer, stripe.Customer, None](
            kind="shop.rename", model=Customer, **fields
        )
        declared.append(operations.register(operation))
        return operation

    yield add
    for operation in declared:
        operations.unregister(operation)


def lose(operation: Any, customer: Customer, sandbox: Any) -> ApiOperation:
    """Perform a renaming, and lose the answer."""
    sandbox.faults.add(**CUT)
    with pytest.raises(OutcomeUnknown):
        calls.perform(operation, customer, {"name": "Ada"})
    sandbox.faults.clear()
    return ApiOperation.objects.get(kind="shop.rename")


def unanswered(operation: Any, customer: Customer) -> None:
    """A renaming that Stripe never heard of, though nothing here says so."""
    ApiOperation.objects.create(
        kind=operation.kind,
        target=f"customer:{customer.pk}",
        params={"name": "Ada"},
        status=Status.UNKNOWN,
    )


def updates(sandbox: Any) -> int:
    return len(sandbox.events("customer.updated"))


def resolve() -> list[str]:
    """Resolve what is unknown; the status of each attempt in the end."""
    reconcile.run(steps=["unknown_calls"])
    attempts = ApiOperation.objects.filter(kind="shop.rename").order_by("attempt")
    return list(attempts.values_list("status", flat=True))


def test_it_is_performed_once_and_settled(
    declare: Declare, customer: Customer, stripe_sandbox: Any
) -> None:
    operation = declare()
    for _ in range(2):
        calls.perform(operation, customer, {"name": "Ada"})
    customer.refresh_from_db()
    assert (customer.name, updates(stripe_sandbox)) == ("Ada", 1)


def test_a_lost_answer_is_learned_and_settled(
    declare: Declare, customer: Customer, stripe_sandbox: Any
) -> None:
    lose(declare(), customer, stripe_sandbox)
    assert resolve() == [Status.SUCCEEDED]
    customer.refresh_from_db()
    assert (customer.name, updates(stripe_sandbox)) == ("Ada", 1)


@pytest.mark.parametrize(
    ("resolution", "done"), [(Resolution.LOOK_UP, 0), (Resolution.ASK_AGAIN, 1)]
)
def test_what_is_only_looked_up_is_not_sent_again(
    declare: Declare, customer: Customer, stripe_sandbox: Any, resolution: Resolution, done: int
) -> None:
    unanswered(declare(resolution=operations.always(resolution)), customer)
    before = updates(stripe_sandbox)
    assert resolve() == [Status.SUCCEEDED if done else Status.FAILED]
    assert updates(stripe_sandbox) - before == done


@pytest.mark.parametrize(
    ("late", "statuses"),
    [(False, [Status.SUCCEEDED]), (True, [Status.FAILED, Status.SUCCEEDED])],
)
def test_what_is_still_wanted_gets_a_new_key_only_after_the_old_one(
    declare: Declare, customer: Customer, late: bool, statuses: list[str]
) -> None:
    operation = declare(resolution=operations.always(Resolution.FINISH))
    unanswered(operation, customer)
    if late:
        ApiOperation.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert resolve() == statuses
    customer.refresh_from_db()
    assert customer.name == "Ada"


def refuse(customer: Customer, params: Any, options: Any) -> stripe.Customer:
    raise stripe.InvalidRequestError("No such thing.", param="name", code="nope")


def test_a_refusal_is_written_by_the_caller_and_by_the_reconciliation(
    declare: Declare, customer: Customer, stripe_sandbox: Any
) -> None:
    heard: list[str] = []
    operation = declare(call=refuse, refused=lambda customer, error: heard.append(error.code))
    with pytest.raises(StripeCallFailed):
        calls.perform(operation, customer, {"name": "Ada"})
    ApiOperation.objects.filter(kind=operation.kind).update(status=Status.UNKNOWN)
    assert resolve() == [Status.FAILED]
    assert heard == ["nope", "nope"]


def test_a_refusal_whose_process_died_is_written_by_the_next_one(
    declare: Declare, customer: Customer, stripe_sandbox: Any
) -> None:
    """The row says that it was refused, and nothing else does yet."""
    heard: list[str] = []
    operation = declare(
        retry_refused=False, refused=lambda customer, error: heard.append(str(error))
    )
    ApiOperation.objects.create(
        kind=operation.kind,
        target=f"customer:{customer.pk}",
        status=Status.FAILED,
        error="No such thing.",
    )
    with pytest.raises(StripeCallFailed):
        calls.perform(operation, customer, {"name": "Ada"})
    assert (heard, updates(stripe_sandbox)) == (["No such thing."], 0)


def test_variants_for_one_target_are_writes_of_their_own(
    declare: Declare, customer: Customer, stripe_sandbox: Any
) -> None:
    operation = declare()
    lost = lose(operation, customer, stripe_sandbox)
    calls.perform(operation, customer, {"name": "Grace"}, variant="Grace")
    lost.refresh_from_db()
    customer.refresh_from_db()
    assert (lost.status, customer.name) == (Status.UNKNOWN, "Grace")
    assert operations.declaration_of(ApiOperation(kind="shop.rename Grace")) is operation


def test_a_kind_belongs_to_one_declaration(declare: Declare) -> None:
    operation = declare()
    assert operations.register(operation) is operation
    with pytest.raises(ValueError, match=r"shop\.rename"):
        declare()
    assert operations.registered()["shop.rename"] is operation
