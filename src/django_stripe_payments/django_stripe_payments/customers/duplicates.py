"""A card that this site has just attached, and that its customer has already.

The same card may be attached twice by the dashboard, or by another system. Both are kept then,
since either may be what a subscription is paid with. Only ``adopt`` detaches a copy at Stripe.
News and the reconciliation never do.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from .. import clock
from ..database.transactions import own_transaction
from ..models import ApiOperation, Customer, PaymentMethod, WebhookEvent
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of
from .apply import detach_at_stripe, fetch, insert, refresh, retrieve
from .state import Snapshot, default_of, fields_of

if TYPE_CHECKING:
    import stripe


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
            insert(customer, method, event)
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
