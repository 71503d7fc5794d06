"""A user's customer at Stripe: one, however many processes ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from .. import audit
from ..database.transactions import own_transaction
from ..facts import store as fact_store
from ..models import ApiOperation, Customer
from ..stripe_api import marks, operations
from ..stripe_api.client import get_client

if TYPE_CHECKING:
    import stripe

#: Metadata of our customers at Stripe that leads back to the user.
USER_KEY = "django_user_id"


def get_or_create_customer(user: Any) -> Customer:
    """Return the user's customer, made at Stripe if there is none yet.

    Raises:
        TransactionInProgress: Stripe has to be asked, and a transaction is open.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    customer = Customer.objects.filter(user=user).first() or _create_row(user)
    return customer if customer.stripe_id else _create_at_stripe(customer)


def forget(stripe_id: str) -> None:
    """Note that a customer was deleted at Stripe; the user gets a new one when they pay again."""
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


def _create_at_stripe(customer: Customer) -> Customer:
    created = operations.perform(
        "customer.create",
        customer,
        _params(customer),
        create_at_stripe,
        find=find_at_stripe,
        harmless=True,
    )
    return adopt(customer, created)


def adopt(customer: Customer, created: stripe.Customer) -> Customer:
    """Note the customer that was made at Stripe for ours, and tell that it is there."""
    fact = fact_store.make("customer_created", customer=customer)
    with own_transaction():
        # Whoever is first tells the world; the second one has the same id in hand.
        first = Customer.objects.filter(pk=customer.pk, stripe_id=None).update(
            stripe_id=created.id, livemode=created.livemode
        )
        if first:
            fact_store.store([fact])
            audit.record("customer.created", customer, stripe_id=created.id)
    customer.refresh_from_db()
    return customer


def _params(customer: Customer) -> dict[str, Any]:
    params = {"email": customer.email, "name": customer.name}
    metadata = {USER_KEY: str(customer.user_id)}
    return {**{key: value for key, value in params.items() if value}, "metadata": metadata}


def create_at_stripe(params: dict[str, Any], options: Any) -> stripe.Customer:
    """Let Stripe make a customer: the call of the operation "customer.create"."""
    return get_client().v1.customers.create(params, options)  # type: ignore[arg-type]


def find_at_stripe(operation: ApiOperation) -> stripe.Customer | None:
    """Return what an operation made, or None: by its id, or by the id of ours that it carries."""
    found: stripe.Customer | None = marks.find_marked(
        operation, get_client().v1.customers, USER_KEY, by=("email",)
    )
    return None if found is None or getattr(found, "deleted", False) else found
