"""APPLY for saved payment methods: our rows follow Stripe.

Nothing here relies on the order of events. A row is written from the object as it is now, and
then the object is read again: a process that wrote old news over another's new news sees that,
and writes again. Only *detached* is believed from an event, because it is final.

The same card may be attached twice: by the dashboard, or by another system. Both are kept, since
either may be what a subscription is paid with. Only ``adopt``, for a card that this site itself
has just attached, detaches a copy at Stripe. News and the reconciliation never do.
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
from .state import Snapshot, default_of, fields_of

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


def adopt(stripe_id: str, event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Store a method that this site has just attached, and return the row that stands for it.

    If the customer has the same card already, that is the earlier row: the new one is a copy,
    and is detached at Stripe, unless it is the customer's default there. Raises what ``refresh``
    and ``calls.perform`` raise.
    """
    method = fetch(stripe_id)
    owner = id_of(method.get("customer"))
    customer = Customer.objects.filter(stripe_id=owner).first() if owner else None
    twin = _claim(customer, method, event) if customer is not None else None
    # Never detach both: the earlier one may have been removed at Stripe without our notice.
    original = refresh(twin.stripe_id) if twin is not None else None
    if original is None or not original.is_attached or _is_default_at_stripe(owner, stripe_id):
        return refresh(stripe_id, event)
    _drop_copy(original, method)
    original.refresh_from_db()
    return original


def is_current(row: PaymentMethod | None, method: Snapshot) -> bool:
    """Whether our row says of an attached method what Stripe says of it now."""
    return row is not None and row.is_attached and not _changes(row, method)


def detach(method: Snapshot, event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Note that a method was removed, for good, and is no customer's default any more."""
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
        _insert(customer, method, event)


def _insert(customer: Customer, method: Snapshot, event: WebhookEvent | None) -> None:
    row = PaymentMethod.objects.create(
        customer=customer,
        stripe_id=method["id"],
        account=customer.account,
        **fields_of(method),
    )
    fact_store.store([attached_fact(row, event)])
    audit.record("payment_method.attached", row, stripe_id=row.stripe_id)


def _claim(
    customer: Customer, method: Snapshot, event: WebhookEvent | None
) -> PaymentMethod | None:
    """Return an earlier row of the same card; without one, store the method."""
    twin = None
    with suppress(IntegrityError), own_transaction():
        # Two tabs that save the same card come one after the other; on SQLite, too, which has
        # no lock of a row but the one that a write takes.
        Customer.objects.filter(pk=customer.pk).update(updated_at=clock.now())
        twin = _twin(customer, method)
        if twin is None and not PaymentMethod.objects.filter(stripe_id=method["id"]).exists():
            _insert(customer, method, event)
    return twin


def _twin(customer: Customer, method: Snapshot) -> PaymentMethod | None:
    """Return the first attached row of the same card, if it is older than this method's own."""
    fingerprint = fields_of(method)["fingerprint"]
    if not fingerprint:
        return None
    same = customer.payment_methods.filter(fingerprint=fingerprint, detached_at=None)
    first = same.order_by("pk").first()
    return first if first is not None and first.stripe_id != method["id"] else None


def _is_default_at_stripe(customer_id: str, stripe_id: str) -> bool:
    with translated_errors():
        customer = get_client().v1.customers.retrieve(customer_id).to_dict()
    return default_of(customer) == stripe_id


def _drop_copy(original: PaymentMethod, copy: Snapshot) -> None:
    """Detach ``copy`` at Stripe; ``original`` gets its expiry if that is later.

    A bank that renews a card keeps the number, and people then save it again.
    """
    fields = fields_of(copy)
    year, month = fields["exp_year"], fields["exp_month"]
    if year and month and (year, month) > (original.exp_year or 0, original.exp_month or 0):
        params = {"card": {"exp_year": year, "exp_month": month}}
        calls.perform(RENEW, original, params, variant=f"{year}-{month:02}")
    detach_at_stripe(copy["id"])


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


def _call_renew(row: PaymentMethod, params: Any, options: Any) -> stripe.PaymentMethod:
    return get_client().v1.payment_methods.update(row.stripe_id, params, options)


def _find_renewed(row: PaymentMethod, attempt: ApiOperation) -> stripe.PaymentMethod | None:
    method = retrieve(row.stripe_id)
    card = method.card
    return method if card and f"{card.exp_year}-{card.exp_month:02}" == attempt.variant else None


def _settle_renewed(row: PaymentMethod, _method: stripe.PaymentMethod) -> PaymentMethod | None:
    return refresh(row.stripe_id)


RENEW = operations.register(
    operations.Operation(
        kind="payment_method.renew",
        model=PaymentMethod,
        call=_call_renew,
        find=_find_renewed,
        settle=_settle_renewed,
    )
)
