"""Saved payment methods and the default follow Stripe, whoever changed them there.

Nothing here trusts the order of events. A row is written from the object as it is now, and then
the object is looked at again: whoever wrote old news after somebody's new news sees that, and
writes again. Only *detached* is believed from an event, because a method never comes back from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from .. import audit
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES
from ..exceptions import ConcurrentUpdate
from ..facts import store as fact_store
from ..models import Customer, PaymentMethod, WebhookEvent
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of
from .duplicates import drop_duplicate

Method = Mapping[str, Any]


def fetch_method(stripe_id: str) -> Method:
    """Return the payment method as Stripe knows it now, as a plain dict."""
    with translated_errors():
        method: Method = get_client().v1.payment_methods.retrieve(stripe_id).to_dict()
    return method


def mirror_method(stripe_id: str, event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Bring our row of a payment method up to date, and return the row that stands for it.

    That is the row of the same card where it was saved before: the card at hand is then a
    duplicate, and is detached at Stripe. None for what belongs to no customer of ours.

    Raises:
        StripeUnavailable: Stripe did not answer; calling again is safe.
        ConcurrentUpdate: other processes kept winning.
    """
    for _ in range(MAX_TRIES):
        row = PaymentMethod.objects.filter(stripe_id=stripe_id).first()
        if row is not None and not row.is_attached:
            return row
        method = fetch_method(stripe_id)
        if not method.get("customer"):
            return detach(stripe_id, event=event)
        customer = Customer.objects.filter(stripe_id=id_of(method["customer"])).first()
        if customer is None:
            # Another site may share the Stripe account.
            return None
        if row is None:
            stripe_id = _save(customer, method, event)
        elif not _update(row, method):
            return row
    msg = f"Payment method {stripe_id} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(customer: Customer, method: Method) -> bool:
    """Whether our row says of an attached method what Stripe says of it now."""
    row = customer.payment_methods.filter(stripe_id=method["id"], detached_at=None).first()
    return row is not None and not _changes(row, method)


def detach(stripe_id: str, event: WebhookEvent | None = None) -> PaymentMethod | None:
    """Note that a method was removed: for good, and as nobody's default any more."""
    row = PaymentMethod.objects.select_related("customer").filter(stripe_id=stripe_id).first()
    if row is None or not row.is_attached:
        return row
    with own_transaction():
        changed = PaymentMethod.objects.filter(pk=row.pk, detached_at=None).update(
            detached_at=timezone.now(), fingerprint=None
        )
        if changed:
            Customer.objects.filter(default_payment_method=row).update(
                default_payment_method=None, updated_at=timezone.now()
            )
            fact_store.store([detached_fact(row, event)])
            audit.record("payment_method.detached", row, stripe_id=stripe_id)
    row.refresh_from_db()
    return row


def mirror_default(customer: Customer, known: Mapping[str, Any] | None = None) -> None:
    """Bring the customer's default up to date with Stripe's.

    ``known`` is the customer at Stripe as an answer just described it. Raises what
    ``mirror_method`` raises.
    """
    for _ in range(MAX_TRIES):
        current = Customer.objects.values_list("default_payment_method_id", flat=True)
        before = current.get(pk=customer.pk)
        theirs, known = known or fetch_customer(customer), None
        default = _default_row(customer, default_of(theirs))
        after = default.pk if default is not None else None
        if after == before:
            customer.refresh_from_db()
            return
        with own_transaction():
            unchanged = Customer.objects.filter(pk=customer.pk, default_payment_method=before)
            if unchanged.update(default_payment_method=default, updated_at=timezone.now()):
                audit.record("customer.default_changed", customer, payment_method=after)
    msg = f"Customer {customer.pk} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def fetch_customer(customer: Customer) -> Mapping[str, Any]:
    """Return the customer as Stripe knows it now, as a plain dict."""
    assert customer.stripe_id is not None  # noqa: S101
    with translated_errors():
        theirs: Mapping[str, Any] = get_client().v1.customers.retrieve(customer.stripe_id).to_dict()
    return theirs


def default_of(theirs: Mapping[str, Any]) -> str:
    """Return the id of the default method of Stripe's customer, or an empty string."""
    return id_of((theirs.get("invoice_settings") or {}).get("default_payment_method"))


def attached_fact(row: PaymentMethod, event: WebhookEvent | None = None) -> Any:
    return fact_store.make(
        "payment_method_attached", payment_method=row, customer=row.customer, event=event
    )


def detached_fact(row: PaymentMethod, event: WebhookEvent | None = None) -> Any:
    return fact_store.make(
        "payment_method_detached", payment_method=row, customer=row.customer, event=event
    )


def _save(customer: Customer, method: Method, event: WebhookEvent | None) -> str:
    """Store a new row, unless the same card is there; return the id of the one to look at next."""
    fields = _fields(method)
    try:
        with own_transaction():
            row = PaymentMethod.objects.create(customer=customer, stripe_id=method["id"], **fields)
            fact_store.store([attached_fact(row, event)])
            audit.record("payment_method.attached", row, stripe_id=row.stripe_id)
    except IntegrityError:
        first = PaymentMethod.objects.filter(
            customer=customer, fingerprint=fields["fingerprint"]
        ).first()
        # Without a first one it was another process that stored this one, or the first one was
        # removed between the two statements: look again.
        if first is not None and first.stripe_id != method["id"]:
            # Two must never go: the first one may have been removed at Stripe, and nobody told us.
            kept = mirror_method(first.stripe_id)
            if kept is not None and kept.is_attached:
                drop_duplicate(kept, method["id"], (fields["exp_year"], fields["exp_month"]))
                return kept.stripe_id
    return str(method["id"])


def _update(row: PaymentMethod, method: Method) -> bool:
    """Write what changed; return whether anything did."""
    changes = _changes(row, method)
    if changes:
        PaymentMethod.objects.filter(pk=row.pk, detached_at=None).update(**changes)
    return bool(changes)


def _changes(row: PaymentMethod, method: Method) -> dict[str, Any]:
    return {name: value for name, value in _fields(method).items() if getattr(row, name) != value}


def _fields(method: Method) -> dict[str, Any]:
    """Return the columns of PaymentMethod that follow Stripe's object."""
    detail = method.get(method["type"]) or {}
    return {
        "type": method["type"],
        "brand": detail.get("brand") or detail.get("bank_name") or "",
        "last4": detail.get("last4") or "",
        "exp_month": detail.get("exp_month"),
        "exp_year": detail.get("exp_year"),
        "country": detail.get("country") or "",
        # What has no fingerprint (a wallet's link) is never the same as another.
        "fingerprint": detail.get("fingerprint"),
    }


def _default_row(customer: Customer, stripe_id: str) -> PaymentMethod | None:
    row = mirror_method(stripe_id) if stripe_id else None
    mine = row is not None and row.is_attached and row.customer_id == customer.pk
    return row if mine else None
