"""APPLY for saved payment methods: our rows follow Stripe.

Nothing here relies on the order of events. A row is written from the object as it is now, and
then the object is read again: a process that wrote old news over another's new news sees that,
and writes again. Only *detached* is believed from an event, because it is final.

The same card may be attached twice: see ``duplicates``.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from .. import audit, clock
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES
from ..exceptions import ConcurrentUpdate, StripeCallFailed
from ..facts import store as fact_store
from ..models import ApiOperation, Customer, PaymentMethod, WebhookEvent
from ..stripe_api import calls, operations
from ..stripe_api.client import MISSING, get_client, translated_errors
from ..stripe_api.lookup import id_of
from .state import Snapshot, fields_of

if TYPE_CHECKING:
    import stripe

#: Stripe's error code for a method that is not attached any more.
NOT_ATTACHED = "payment_method_unexpected_state"

#: What Stripe says of a method that can't be charged any more.
GONE = (NOT_ATTACHED, MISSING)


def fetch(stripe_id: str) -> Snapshot:
    """Return the payment method as Stripe knows it now, as a plain dict."""
    method: Snapshot = retrieve(stripe_id).to_dict()
    return method


def retrieve(stripe_id: str) -> stripe.PaymentMethod:
    """Return the payment method as Stripe knows it now."""
    with translated_errors():
        return get_client().v1.payment_methods.retrieve(stripe_id)


def apply(method: Snapshot, event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Bring our row of a payment method up to date; see ``refresh``.

    Only the id is taken from ``method``: everything else may have changed since. Of another
    site's customer, whom ``method`` names, nothing is fetched.
    """
    owner = id_of(method.get("customer"))
    if owner and not Customer.objects.filter(stripe_id=owner).exists():
        return None
    return refresh(str(method["id"]), event)


def refresh(stripe_id: str, event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Bring our row of a payment method up to date with Stripe's, and return it.

    Changes nothing at Stripe. Returns None for a method that belongs to no customer of ours.

    Raises:
        StripeUnavailable: Stripe did not answer; calling again is safe.
        ConcurrentUpdate: other processes kept winning.
    """
    for _ in range(MAX_TRIES):
        row = PaymentMethod.objects.filter(stripe_id=stripe_id).first()
        if row is not None and not row.is_attached:
            return row
        method = fetch(stripe_id)
        if not method.get("customer"):
            return detach(method, event)
        customer = Customer.objects.filter(stripe_id=id_of(method["customer"])).first()
        if customer is None:
            # Another site may share the Stripe account.
            return None
        if row is None:
            _save(customer, method, event)
        elif not _update(row, method):
            return row
    msg = f"Payment method {stripe_id} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(row: PaymentMethod | None, method: Snapshot) -> bool:
    """Whether our row says of an attached method what Stripe says of it now."""
    return row is not None and row.is_attached and not _changes(row, method)


def detach(method: Snapshot, event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Note that a method was removed, for good, and is no longer a customer's default."""
    stripe_id = str(method["id"])
    row = PaymentMethod.objects.select_related("customer").filter(stripe_id=stripe_id).first()
    if row is None or not row.is_attached:
        return row
    with own_transaction():
        is_first = PaymentMethod.objects.filter(pk=row.pk, detached_at=None).update(
            detached_at=clock.now(), fingerprint=None
        )
        if is_first:
            Customer.objects.filter(default_payment_method=row).update(
                default_payment_method=None, updated_at=clock.now()
            )
            fact_store.store([detached_fact(row, event)])
            audit.record("payment_method.detached", row, stripe_id=stripe_id)
    row.refresh_from_db()
    return row


def detach_at_stripe(stripe_id: str) -> None:
    """Detach a method at Stripe and here; one that is detached already stays so.

    Raises what ``calls.perform`` raises.
    """
    try:
        calls.perform(DETACH, stripe_id, {})
    except StripeCallFailed as error:
        if error.code not in GONE:
            raise


def attached_fact(row: PaymentMethod, event: WebhookEvent | None = None) -> Any:
    return fact_store.make("payment_method_attached", row, event=event)


def detached_fact(row: PaymentMethod, event: WebhookEvent | None = None) -> Any:
    return fact_store.make("payment_method_detached", row, event=event)


def _save(customer: Customer, method: Snapshot, event: WebhookEvent | None) -> None:
    """Store a new row, unless another process has just stored it."""
    with suppress(IntegrityError), own_transaction():
        insert(customer, method, event)


def insert(customer: Customer, method: Snapshot, event: WebhookEvent | None) -> None:
    """Store a new row with its fact, in the transaction that is open."""
    row = PaymentMethod.objects.create(
        customer=customer,
        stripe_id=method["id"],
        account=customer.account,
        **fields_of(method),
    )
    fact_store.store([attached_fact(row, event)])
    audit.record("payment_method.attached", row, stripe_id=row.stripe_id)


def _update(row: PaymentMethod, method: Snapshot) -> bool:
    """Write what changed; return whether anything did."""
    changes = _changes(row, method)
    if changes:
        PaymentMethod.objects.filter(pk=row.pk, detached_at=None).update(**changes)
    return bool(changes)


def _changes(row: PaymentMethod, method: Snapshot) -> dict[str, Any]:
    return {name: value for name, value in fields_of(method).items() if getattr(row, name) != value}


def _call_detach(stripe_id: str, params: Any, options: Any) -> stripe.PaymentMethod:
    return get_client().v1.payment_methods.detach(stripe_id, params, options)


def _find_detached(stripe_id: str, _attempt: ApiOperation) -> stripe.PaymentMethod | None:
    method = retrieve(stripe_id)
    return None if method.customer else method


def _settle_detached(_stripe_id: str, method: stripe.PaymentMethod) -> PaymentMethod | None:
    return detach(method.to_dict())


def _refused_detach(stripe_id: str, error: StripeCallFailed) -> None:
    if error.code in GONE:
        detach({"id": stripe_id})


DETACH = operations.register(
    operations.Operation(
        kind="payment_method.detach",
        call=_call_detach,
        find=_find_detached,
        settle=_settle_detached,
        refused=_refused_detach,
    )
)
