"""A user's customer at Stripe: one, however many processes ask for it."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any

from .. import audit, clock
from ..database.transactions import own_transaction
from ..exceptions import StripeCallFailed, StripeUnavailable
from ..facts import store as fact_store
from ..models import ApiOperation, Customer
from ..stripe_api import calls, operations
from ..stripe_api.client import MISSING, get_client, translated_errors
from ..stripe_api.lookup import find_by_metadata
from ..stripe_api.operations import Resolution

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

#: Stripe's error code for an address that it does not accept.
EMAIL_INVALID = "email_invalid"

#: Metadata of our customers at Stripe that leads back to the user.
USER_KEY = "django_user_id"


def get_or_create_customer(user: Any) -> Customer:
    """Return the user's customer, created at Stripe if there is none yet.

    A name or an e-mail address that has changed since is sent to Stripe. An address that Stripe
    refuses, or no answer to a change, stops nothing.

    Raises:
        TransactionInProgress: Stripe has to be asked, and a transaction is open.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    customer = Customer.objects.filter(user=user).first() or _create_row(user)
    if customer.stripe_id:
        return _follow(customer, user)
    try:
        return calls.perform(CREATE, customer, _params(customer))
    except StripeCallFailed as error:
        if error.code != EMAIL_INVALID:
            raise
    Customer.objects.filter(pk=customer.pk, stripe_id=None).update(email="")
    customer.refresh_from_db()
    return calls.perform(CREATE, customer, _params(customer))


def replace_if_gone(customer: Customer, error: StripeCallFailed) -> bool:
    """Make a new customer at Stripe if ``error`` says that this one does not exist there.

    It was deleted and the event was lost, or the keys belong to another account now. The saved
    cards went with it. Returns whether there is a new one; ``customer`` is up to date then.
    """
    stripe_id = customer.stripe_id
    is_gone = stripe_id and error.code == MISSING and stripe_id in str(error)
    if not is_gone or customer.user is None:
        return False
    forget(str(stripe_id))
    get_or_create_customer(customer.user)
    customer.refresh_from_db()
    return True


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
            detached_at=clock.now(), fingerprint=None
        )
        audit.record("customer.deleted", customer, stripe_id=stripe_id)


def _create_row(user: Any) -> Customer:
    with own_transaction():
        customer, _created = Customer.objects.get_or_create(user=user, defaults=identity_of(user))
    return customer


def identity_of(user: Any) -> dict[str, str]:
    """Return a user's "email" and "name"; empty where the user model has none."""
    email_field = getattr(user, "get_email_field_name", None)
    full_name = getattr(user, "get_full_name", None)
    email = getattr(user, email_field() if callable(email_field) else "email", None)
    name = full_name() if callable(full_name) else full_name
    return {"email": str(email or "")[:254], "name": str(name or "").strip()[:255]}


def _follow(customer: Customer, user: Any) -> Customer:
    """Send Stripe what has changed of the user's name and address, and return the customer."""
    # What is blank here may have been filled in by staff at Stripe.
    news = {name: value for name, value in identity_of(user).items() if value}
    changes = {name: value for name, value in news.items() if getattr(customer, name) != value}
    if not changes:
        return customer
    text = "\0".join(f"{name}={value}" for name, value in sorted(changes.items()))
    variant = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
    try:
        calls.perform(UPDATE, customer, changes, variant=variant)
    except StripeCallFailed as error:
        if not replace_if_gone(customer, error):
            logger.warning("Customer %s keeps their old name and address: %s", customer.pk, error)
    except StripeUnavailable as error:
        logger.warning("Customer %s could not be updated: %s", customer.pk, error)
    return customer


def _params(customer: Customer) -> dict[str, Any]:
    params = {"email": customer.email, "name": customer.name}
    metadata = {USER_KEY: str(customer.user_id)}
    return {**{key: value for key, value in params.items() if value}, "metadata": metadata}


def _call(_customer: Customer, params: Any, options: Any) -> stripe.Customer:
    return get_client().v1.customers.create(params, options)


def _find(_customer: Customer, attempt: ApiOperation) -> stripe.Customer | None:
    service = get_client().v1.customers
    try:
        created: stripe.Customer | None = find_by_metadata(
            attempt, service, USER_KEY, filters=("email",)
        )
    except StripeCallFailed as error:
        if error.code != MISSING:
            raise
        return None  # made with the keys of another account
    return None if created is None or getattr(created, "deleted", False) else created


def _settle(customer: Customer, created: stripe.Customer) -> Customer:
    """Store the id of the customer that was created at Stripe, and announce it."""
    fact = fact_store.make("customer_created", customer)
    fact.object_id = created.id
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


def _call_update(customer: Customer, params: Any, options: Any) -> stripe.Customer:
    return get_client().v1.customers.update(customer.known_stripe_id, params, options)


def _find_updated(customer: Customer, attempt: ApiOperation) -> stripe.Customer | None:
    with translated_errors():
        current = get_client().v1.customers.retrieve(customer.known_stripe_id)
    is_done = all(getattr(current, name, None) == value for name, value in attempt.params.items())
    return current if is_done else None


def _settle_updated(customer: Customer, updated: stripe.Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(
        email=updated.email or "", name=updated.name or "", updated_at=clock.now()
    )
    customer.refresh_from_db()
    audit.record("customer.updated", customer, stripe_id=updated.id)


UPDATE = operations.register(
    operations.Operation(
        kind="customer.update",
        model=Customer,
        call=_call_update,
        find=_find_updated,
        settle=_settle_updated,
        # Repeating it later would undo what has changed since.
        resolution=operations.always(Resolution.LOOK_UP),
        # What Stripe refused once need not be sent with each payment.
        retry_refused=False,
    )
)


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
