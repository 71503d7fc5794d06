"""The saved cards of each customer, and which of them is the default."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..customers import apply as method_apply
from ..customers import customer as customers
from ..exceptions import StripeCallFailed
from ..models import Customer, Payment, PaymentMethod, SetupIntent
from ..stripe_api.client import MISSING, get_client, translated_errors
from .backoff import patiently
from .sync import Item, Sync

KIND = "payment_method"


def of_each_customer(sync: Sync) -> None:
    """Compare what each customer has saved at Stripe, who has cards or was active in the window.

    One call for a customer with cards, two for one without. Of anybody else there is nothing to
    compare: a card that was attached at Stripe comes as an event, and the next payment of a
    customer brings them back into the window.
    """
    for customer in sync.rows(_to_compare(sync.since)):
        sync.count("customer")
        try:
            theirs, attached = patiently(partial(_at_stripe, customer))
        except StripeCallFailed as error:
            detail = f"Customer {customer.pk} names it: {error}"
            sync.look("customer", customer.stripe_id, "not_at_stripe", detail)
            continue
        if theirs.get("deleted"):
            sync.repair("customer", theirs["id"], "deleted", _forget(theirs["id"]))
        else:
            _compare(sync, customer, theirs, attached)


def _to_compare(since: datetime) -> QuerySet[Customer]:
    theirs = OuterRef("pk")
    has_cards = PaymentMethod.objects.filter(customer=theirs, detached_at=None)
    has_paid = Payment.objects.filter(customer=theirs, created_at__gte=since)
    has_saved = SetupIntent.objects.filter(customer=theirs, created_at__gte=since)
    return Customer.objects.exclude(stripe_id=None).filter(
        Q(updated_at__gte=since) | Exists(has_cards) | Exists(has_paid) | Exists(has_saved)
    )


def _at_stripe(customer: Customer) -> tuple[Item, list[Item]]:
    """Return the customer as Stripe knows them, and the methods that they have saved."""
    try:
        attached = _attached(str(customer.stripe_id))
    except StripeCallFailed as error:
        if error.code != MISSING:
            raise
        attached = []
    # Each carries the customer; whoever has none may have been deleted.
    theirs = attached[0]["customer"] if attached else method_apply.fetch_customer(customer)
    return dict(theirs), attached


def _compare(sync: Sync, customer: Customer, theirs: Item, attached: list[Item]) -> None:
    for method in attached:
        sync.count(KIND)
        if not method_apply.is_current(customer, method):
            known = customer.payment_methods.filter(stripe_id=method["id"]).exists()
            problem = "different" if known else "missing"
            sync.repair(KIND, method["id"], problem, _mirror(method["id"]))
    ids = {method["id"] for method in attached}
    for row in customer.payment_methods.filter(detached_at=None).exclude(stripe_id__in=ids):
        sync.repair(KIND, row.stripe_id, "detached", _mirror(row.stripe_id))
    _compare_default(sync, customer, theirs)


def _compare_default(sync: Sync, customer: Customer, theirs: Item) -> None:
    customer.refresh_from_db()
    wanted = method_apply.default_of(theirs)
    # A default that is not one of their saved cards is none here.
    expected = customer.payment_methods.filter(stripe_id=wanted, detached_at=None).first()
    if customer.default_payment_method_id != (expected.pk if expected else None):
        sync.repair("customer", theirs["id"], "default", _mirror_default(customer))


def _attached(customer_id: str) -> list[Item]:
    with translated_errors():
        listed = get_client().v1.customers.payment_methods.list(
            customer_id, {"limit": 100, "expand": ["data.customer"]}
        )
        return [method.to_dict(for_json=True) for method in listed.auto_paging_iter()]


def _mirror(stripe_id: str) -> Callable[[], str]:
    def mend() -> str:
        method_apply.mirror_method(stripe_id)
        return ""

    return mend


def _mirror_default(customer: Customer) -> Callable[[], str]:
    def mend() -> str:
        method_apply.mirror_default(customer)
        return ""

    return mend


def _forget(stripe_id: str) -> Callable[[], str]:
    def mend() -> str:
        customers.forget(stripe_id)
        return ""

    return mend
