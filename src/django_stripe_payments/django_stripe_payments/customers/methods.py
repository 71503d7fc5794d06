"""A user's saved cards: added, removed, listed, and one of them the default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..database.transactions import require_no_transaction
from ..exceptions import ConcurrentUpdate, NoPaymentMethod, NotOwner, PaymentMethodDetached
from ..models import ApiOperation, Customer, PaymentMethod
from ..stripe_api import operations
from ..stripe_api.client import get_client, translated_errors
from . import apply as method_apply
from .customer import get_or_create_customer
from .duplicates import detach_at_stripe

if TYPE_CHECKING:
    import stripe

#: How often a default is set again because another process was in between.
MAX_TRIES = 5

#: Stripe's id or ours, as a browser may name one; a longer number is the id of no row.
_REFERENCE = re.compile(r"pm_\w+|\d{1,18}", re.ASCII)


def list_methods(user: Any) -> list[PaymentMethod]:
    """Return the user's saved methods: the default first, then the newest."""
    if not getattr(user, "is_authenticated", False):
        return []
    saved = PaymentMethod.objects.filter(customer__user=user, detached_at=None)
    return sorted(saved.select_related("customer"), key=lambda method: not method.is_default)


def own_method(user: Any, reference: PaymentMethod | int | str) -> PaymentMethod:
    """Return the user's own method that ``reference`` means, read afresh.

    Args:
        reference: the row, its id, or Stripe's ("pm_…").

    Raises:
        NotOwner: it is another's, or is not there.
    """
    key = reference.pk if isinstance(reference, PaymentMethod) else reference
    lookup = {"stripe_id": key} if str(key).startswith("pm_") else {"pk": key}
    if getattr(user, "is_authenticated", False) and _REFERENCE.fullmatch(str(key)):
        mine = PaymentMethod.objects.select_related("customer").filter(customer__user=user)
        found = mine.filter(**lookup).first()
        if found is not None:
            return found
    msg = f"The user has no payment method {key!r}."
    raise NotOwner(msg)


def chargeable_method(user: Any, reference: PaymentMethod | int | str | None) -> PaymentMethod:
    """Return the method to charge: the user's own one that is named, or their default.

    Who has no default has the method charged that was saved last. Raises NotOwner,
    PaymentMethodDetached, and NoPaymentMethod if nothing is named and nothing saved.
    """
    if reference is not None:
        method = own_method(user, reference)
        if not method.is_attached:
            msg = f"{method} was removed, and can't be charged."
            raise PaymentMethodDetached(msg)
        return method
    saved = list_methods(user)
    if not saved:
        raise NoPaymentMethod("The user has no saved payment method.")
    return saved[0]


def add_method(user: Any, stripe_id: str) -> PaymentMethod:
    """Save a method ("pm_…") to the user's customer, and return its row.

    A card that is saved already stays as it was, and its row is returned. The first one
    becomes the default.

    Raises:
        NotOwner: it belongs to another customer.
        CardDeclined: the bank does not let it be saved.
        TransactionInProgress, StripeUnavailable, StripeCallFailed.
    """
    require_no_transaction()
    customer = get_or_create_customer(user)
    theirs = method_apply.fetch_method(stripe_id)
    if theirs.get("customer") not in (None, customer.stripe_id):
        msg = f"Payment method {stripe_id!r} belongs to another customer."
        raise NotOwner(msg)
    if not theirs.get("customer"):
        # A test token ("pm_card_visa") is a new method whenever Stripe reads it.
        stripe_id = _attach(customer, theirs["id"]).id
    return keep_method(user, stripe_id)


def keep_method(user: Any, stripe_id: str) -> PaymentMethod:
    """Return the row of a method that is attached to the user's customer at Stripe.

    The first one becomes the default. Raises NotOwner if it is not, or not any more.
    """
    method = method_apply.mirror_method(stripe_id)
    if method is None or not method.is_attached or method.customer.user_id != user.pk:
        msg = f"Payment method {stripe_id!r} is not attached to the user's customer."
        raise NotOwner(msg)
    if method.customer.default_payment_method_id is None:
        return set_default(user, method)
    return method


def remove_method(user: Any, reference: PaymentMethod | int | str) -> PaymentMethod:
    """Detach a method at Stripe, for good; one that was removed before stays so.

    Raises NotOwner, TransactionInProgress, StripeUnavailable.
    """
    require_no_transaction()
    method = own_method(user, reference)
    if method.is_attached:
        detach_at_stripe(method.stripe_id)
        method_apply.detach(method.stripe_id)
        method.refresh_from_db()
    return method


def set_default(user: Any, reference: PaymentMethod | int | str) -> PaymentMethod:
    """Make a method the customer's default, here and at Stripe.

    Raises NotOwner, PaymentMethodDetached, TransactionInProgress, StripeUnavailable.
    """
    require_no_transaction()
    method = chargeable_method(user, reference)
    for _ in range(MAX_TRIES):
        theirs = _set_default(method.customer, method.stripe_id).to_dict()
        # A call whose answer was lost is finished first, and it may have named another one.
        if method_apply.default_of(theirs) == method.stripe_id:
            method_apply.mirror_default(method.customer, theirs)
            method.refresh_from_db()
            return method
    msg = f"The default of customer {method.customer_id} was changed by others again and again."
    raise ConcurrentUpdate(msg)


def _attach(customer: Customer, stripe_id: str) -> stripe.PaymentMethod:
    def call(params: dict[str, Any], options: Any) -> stripe.PaymentMethod:
        return get_client().v1.payment_methods.attach(stripe_id, params, options)  # type: ignore[arg-type]

    def find(operation: ApiOperation) -> stripe.PaymentMethod | None:
        with translated_errors():
            method = get_client().v1.payment_methods.retrieve(operation.stripe_id or stripe_id)
        return method if method.customer == customer.stripe_id else None

    params = {"customer": customer.stripe_id}
    return operations.perform("payment_method.attach", stripe_id, params, call, find=find)


def _set_default(customer: Customer, stripe_id: str) -> stripe.Customer:
    assert customer.stripe_id is not None  # noqa: S101
    theirs = customer.stripe_id

    def call(params: dict[str, Any], options: Any) -> stripe.Customer:
        return get_client().v1.customers.update(theirs, params, options)  # type: ignore[arg-type]

    def find(_operation: ApiOperation) -> stripe.Customer | None:
        with translated_errors():
            found = get_client().v1.customers.retrieve(theirs)
        return found if method_apply.default_of(found.to_dict()) == stripe_id else None

    params = {"invoice_settings": {"default_payment_method": stripe_id}}
    return operations.perform("customer.set_default", customer, params, call, find=find)
