"""A user's saved cards: added, removed, listed, and one of them the default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..database.transactions import require_no_transaction
from ..exceptions import NoPaymentMethod, NotOwner, PaymentMethodDetached, StripeCallFailed
from ..models import ApiOperation, PaymentMethod
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client
from . import apply as method_apply
from . import default, duplicates
from .customer import get_or_create_customer, replace_if_gone

if TYPE_CHECKING:
    import stripe

#: Stripe's id or ours, as a browser may name one; a longer number is the id of no row.
_REFERENCE = re.compile(r"pm_\w+|\d{1,18}", re.ASCII)


def list_methods(user: Any) -> list[PaymentMethod]:
    """Return the user's saved methods: the default first, then the newest."""
    if not getattr(user, "is_authenticated", False):
        return []
    saved = PaymentMethod.objects.filter(customer__user=user, detached_at=None)
    return sorted(saved.select_related("customer"), key=lambda method: not method.is_default)


def own_method(user: Any, reference: PaymentMethod | int | str) -> PaymentMethod:
    """Return the user's own method that ``reference`` means, as it is in the database now.

    Args:
        reference: the row, its id, or Stripe's ("pm_…").

    Raises:
        NotOwner: it is another user's, or does not exist.
    """
    key = reference.pk if isinstance(reference, PaymentMethod) else reference
    lookup = {"stripe_id": key} if str(key).startswith("pm_") else {"pk": key}
    if getattr(user, "is_authenticated", False) and _REFERENCE.fullmatch(str(key)):
        own = PaymentMethod.objects.select_related("customer").filter(customer__user=user)
        method = own.filter(**lookup).first()
        if method is not None:
            return method
    msg = f"The user has no payment method {key!r}."
    raise NotOwner(msg)


def chargeable_method(user: Any, reference: PaymentMethod | int | str | None) -> PaymentMethod:
    """Return the method to charge: the user's own one that is named, or their default.

    Without a default, it is the method that was saved last. Raises NotOwner,
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


def require_attached(method: PaymentMethod) -> None:
    """Raise PaymentMethodDetached if the method has been removed since it was read."""
    if not PaymentMethod.objects.filter(pk=method.pk, detached_at=None).exists():
        msg = f"{method} was removed, and can't be charged."
        raise PaymentMethodDetached(msg)


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
    method = method_apply.fetch(stripe_id)
    owner = method.get("customer")
    if owner not in (None, customer.stripe_id):
        msg = f"Payment method {stripe_id!r} belongs to another customer."
        raise NotOwner(msg)
    if owner:
        return keep_method(user, method["id"])
    # A test token ("pm_card_visa") is a new method each time Stripe reads it.
    try:
        calls.perform(ATTACH, method["id"], {"customer": customer.stripe_id})
    except StripeCallFailed as error:
        if not replace_if_gone(customer, error):
            raise
        calls.perform(ATTACH, method["id"], {"customer": customer.stripe_id})
    return _keep(user, duplicates.adopt(method["id"]), method["id"])


def keep_method(user: Any, stripe_id: str) -> PaymentMethod:
    """Return the row of a method that is attached to the user's customer at Stripe.

    The first one becomes the default. Raises NotOwner if it is not attached, or no longer.
    """
    return _keep(user, method_apply.refresh(stripe_id), stripe_id)


def remove_method(user: Any, reference: PaymentMethod | int | str) -> PaymentMethod:
    """Detach a method at Stripe, for good; one that was removed before stays so.

    Raises NotOwner, TransactionInProgress, StripeUnavailable.
    """
    require_no_transaction()
    method = own_method(user, reference)
    if method.is_attached:
        method_apply.detach_at_stripe(method.stripe_id)
        method.refresh_from_db()
    return method


def set_default(user: Any, reference: PaymentMethod | int | str) -> PaymentMethod:
    """Make a method the customer's default, here and at Stripe.

    Raises NotOwner, PaymentMethodDetached, TransactionInProgress, StripeUnavailable.
    """
    require_no_transaction()
    method = chargeable_method(user, reference)
    try:
        default.set_at_stripe(method.customer, method.stripe_id)
    except StripeCallFailed as error:
        if not replace_if_gone(method.customer, error):
            raise
        msg = f"{method} is gone at Stripe, with the customer that it belonged to."
        raise PaymentMethodDetached(msg) from error
    method.refresh_from_db()
    return method


def _keep(user: Any, method: PaymentMethod | None, stripe_id: str) -> PaymentMethod:
    if method is None or not method.is_attached or method.customer.user_id != user.pk:
        msg = f"Payment method {stripe_id!r} is not attached to the user's customer."
        raise NotOwner(msg)
    if method.customer.default_payment_method_id is None:
        return set_default(user, method)
    return method


def _call(stripe_id: str, params: Any, options: Any) -> stripe.PaymentMethod:
    return get_client().v1.payment_methods.attach(stripe_id, params, options)


def _find(stripe_id: str, attempt: ApiOperation) -> stripe.PaymentMethod | None:
    method = method_apply.retrieve(stripe_id)
    return method if method.customer and method.customer == attempt.params.get("customer") else None


def _settle(_stripe_id: str, _method: stripe.PaymentMethod) -> None:
    """Write nothing: the caller adopts it, and after a crash the event or a run stores it."""


ATTACH = operations.register(
    operations.Operation(
        kind="payment_method.attach",
        call=_call,
        find=_find,
        settle=_settle,
    )
)
