"""A user's customer at Stripe: one, however many processes ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from .. import audit
from ..database.transactions import own_transaction
from ..facts import store as fact_store
from ..models import ApiOperation, Customer
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client
from ..stripe_api.lookup import find_by_metadata
from ..stripe_api.operations import Resolution

if TYPE_CHECKING:
    import stripe

#: Metadata of our customers at Stripe that leads back to the user.
USER_KEY = "django_user_id"


def get_or_create_customer(user: Any) -> Customer:
    """Return the user's customer, created at Stripe if there is none yet.

    Raises:
        TransactionInProgress: Stripe has to be asked, and a transaction is open.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    customer = Customer.objects.filter(user=user).first() or _create_row(user)
    if customer.stripe_id:
        return customer
    return calls.perform(CREATE, customer, _params(customer))


def forget(stripe_id: str) -> None:
    """Note that a customer was deleted at Stripe; the user gets a new one with the next payment."""
    customer = Customer.objects.filter(stripe_id=stripe_id).first()
    if customer is None:
        return
    with own_transaction():
        Customer.objects.filter(pk=customer.pk, stripe_id=stripe_id).update(
            stripe_id=None, default_payment_method=None
        )
        customer.payment_methods.filter(detached_at=None).update(
            detached_at=timezone.now(), fingerprint=None
        )
        audit.record("customer.deleted", customer, stripe_id=stripe_id)


def _create_row(user: Any) -> Customer:
    email = getattr(user, user.get_email_field_name(), "") or ""
    name = user.get_full_name() if hasattr(user, "get_full_name") else ""
    with own_transaction():
        customer, _created = Customer.objects.get_or_create(
            user=user, defaults={"email": email, "name": name[:255]}
        )
    return customer


def _params(customer: Customer) -> dict[str, Any]:
    params = {"email": customer.email, "name": customer.name}
    metadata = {USER_KEY: str(customer.user_id)}
    return {**{key: value for key, value in params.items() if value}, "metadata": metadata}


def _call(_customer: Customer, params: Any, options: Any) -> stripe.Customer:
    return get_client().v1.customers.create(params, options)


def _find(_customer: Customer, attempt: ApiOperation) -> stripe.Customer | None:
    service = get_client().v1.customers
    created: stripe.Customer | None = find_by_metadata(
        attempt, service, USER_KEY, filters=("email",)
    )
    return None if created is None or getattr(created, "deleted", False) else created


def _settle(customer: Customer, created: stripe.Customer) -> Customer:
    """Store the id of the customer that was created at Stripe, and announce it."""
    fact = fact_store.make("customer_created", customer=customer)
    with own_transaction():
        # The first process announces it; a second one has the same id in hand.
        is_first = Customer.objects.filter(pk=customer.pk, stripe_id=None).update(
            stripe_id=created.id, livemode=created.livemode
        )
        if is_first:
            fact_store.store([fact])
            audit.record("customer.created", customer, stripe_id=created.id)
    customer.refresh_from_db()
    return customer


def _resolution(customer: Customer, _attempt: ApiOperation) -> Resolution:
    # A second customer of the same user would be of no use.
    return Resolution.LOOK_UP if customer.stripe_id else Resolution.ASK_AGAIN


CREATE = operations.register(
    operations.Operation(
        kind="customer.create",
        model=Customer,
        call=_call,
        find=_find,
        settle=_settle,
        resolution=_resolution,
        duplicate_is_harmless=True,
    )
)
