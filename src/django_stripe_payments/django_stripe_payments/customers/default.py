"""A customer's default payment method, here and at Stripe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import audit, clock
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES
from ..exceptions import ConcurrentUpdate
from ..models import ApiOperation, Customer, PaymentMethod
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.operations import Resolution
from . import apply as method_apply
from .state import Snapshot, default_of

if TYPE_CHECKING:
    import stripe


def fetch(customer: Customer) -> Snapshot:
    """Return the customer as Stripe knows it now, as a plain dict."""
    at_stripe: Snapshot = _retrieve(customer).to_dict()
    return at_stripe


def refresh(customer: Customer, at_stripe: Snapshot | None = None) -> Customer:
    """Bring the customer's default up to date with Stripe's, and return the customer.

    ``at_stripe`` is the customer as an answer of Stripe has just described it. Raises what
    ``customers.apply.refresh`` raises.
    """
    for _ in range(MAX_TRIES):
        before = _stored_default(customer)
        snapshot, at_stripe = at_stripe or fetch(customer), None
        default = _default_row(customer, default_of(snapshot))
        after = default.pk if default is not None else None
        if after == before:
            customer.refresh_from_db()
            return customer
        with own_transaction():
            unchanged = Customer.objects.filter(pk=customer.pk, default_payment_method=before)
            if unchanged.update(default_payment_method=default, updated_at=clock.now()):
                audit.record("customer.default_changed", customer, payment_method=after)
    msg = f"Customer {customer.pk} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def set_at_stripe(customer: Customer, stripe_id: str) -> Customer:
    """Make a method ("pm_…") the default at Stripe, and return the customer as it then is."""
    params = {"invoice_settings": {"default_payment_method": stripe_id}}
    return calls.perform(SET_DEFAULT, customer, params, variant=stripe_id)


def _stored_default(customer: Customer) -> int | None:
    ids = Customer.objects.values_list("default_payment_method_id", flat=True)
    return ids.get(pk=customer.pk)


def _default_row(customer: Customer, stripe_id: str) -> PaymentMethod | None:
    row = method_apply.refresh(stripe_id) if stripe_id else None
    is_own = row is not None and row.is_attached and row.customer_id == customer.pk
    return row if is_own else None


def _retrieve(customer: Customer) -> stripe.Customer:
    with translated_errors():
        return get_client().v1.customers.retrieve(customer.known_stripe_id)


def _call(customer: Customer, params: Any, options: Any) -> stripe.Customer:
    return get_client().v1.customers.update(customer.known_stripe_id, params, options)


def _find(customer: Customer, attempt: ApiOperation) -> stripe.Customer | None:
    at_stripe = _retrieve(customer)
    return at_stripe if default_of(at_stripe.to_dict()) == attempt.variant else None


def _settle(customer: Customer, at_stripe: stripe.Customer) -> Customer:
    return refresh(customer, at_stripe.to_dict())


SET_DEFAULT = operations.register(
    operations.Operation(
        kind="customer.set_default",
        model=Customer,
        call=_call,
        find=_find,
        settle=_settle,
        # Repeating it later would undo what the customer has chosen since.
        resolution=operations.always(Resolution.LOOK_UP),
    )
)
