"""The saved cards of each customer, and which of them is the default."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..customers import apply as method_apply
from ..customers import customer as customers
from ..customers import default as customer_default
from ..customers.state import default_of
from ..exceptions import StripeCallFailed
from ..models import Customer, Payment, PaymentMethod, SetupIntent
from ..stripe_api.client import MISSING, get_client, translated_errors
from .backoff import with_backoff
from .sync import Fix, Item, Sync

KIND = "payment_method"


def of_each_customer(sync: Sync) -> None:
    """Compare the saved cards of each customer who has cards here, or was active in the window.

    It takes one call for a customer with cards, and two for one without. The others need no
    comparison: a card that is attached at Stripe comes as an event, and the next payment of a
    customer brings them back into the window.
    """
    for customer in sync.rows(_to_compare(sync.since)):
        sync.count("customer")
        with sync.guarded("customer", customer.known_stripe_id):
            _compare(sync, customer)


def _compare(sync: Sync, customer: Customer) -> None:
    try:
        at_stripe, methods = with_backoff(partial(_fetch, customer))
    except StripeCallFailed as error:
        detail = f"Customer {customer.pk} names it: {error}"
        sync.flag_for_review("customer", customer.known_stripe_id, "not_at_stripe", detail)
        return
    if at_stripe.get("deleted"):
        sync.repair("customer", at_stripe["id"], "deleted", _forget(at_stripe["id"]))
    else:
        _compare_methods(sync, customer, methods)
        _compare_default(sync, customer, at_stripe)


def _to_compare(since: datetime) -> QuerySet[Customer]:
    key = OuterRef("pk")
    has_cards = PaymentMethod.objects.filter(customer=key, detached_at=None)
    has_paid = Payment.objects.filter(customer=key, created_at__gte=since)
    has_saved = SetupIntent.objects.filter(customer=key, created_at__gte=since)
    return Customer.objects.exclude(stripe_id=None).filter(
        Q(updated_at__gte=since) | Exists(has_cards) | Exists(has_paid) | Exists(has_saved)
    )


def _fetch(customer: Customer) -> tuple[Item, list[Item]]:
    """Return the customer as Stripe knows them, and the methods that they have saved."""
    try:
        methods = _list_methods(customer.known_stripe_id)
    except StripeCallFailed as error:
        if error.code != MISSING:
            raise
        methods = []
    # Each method carries the customer; one without methods may have been deleted.
    at_stripe = methods[0]["customer"] if methods else customer_default.fetch(customer)
    return dict(at_stripe), methods


def _list_methods(customer_id: str) -> list[Item]:
    with translated_errors():
        listed = get_client().v1.customers.payment_methods.list(
            customer_id, {"limit": 100, "expand": ["data.customer"]}
        )
        return [method.to_dict(for_json=True) for method in listed.auto_paging_iter()]


def _compare_methods(sync: Sync, customer: Customer, methods: list[Item]) -> None:
    rows = {row.stripe_id: row for row in customer.payment_methods.all()}
    for method in methods:
        sync.count(KIND)
        row = rows.pop(method["id"], None)
        if not method_apply.is_current(row, method):
            problem = "missing" if row is None else "different"
            sync.repair(KIND, method["id"], problem, _refresh(method["id"]))
    for row in rows.values():
        if row.is_attached:
            sync.repair(KIND, row.stripe_id, "detached", _refresh(row.stripe_id))


def _compare_default(sync: Sync, customer: Customer, at_stripe: Item) -> None:
    customer.refresh_from_db()
    # A default that is not one of their saved cards is none here.
    expected = customer.payment_methods.filter(
        stripe_id=default_of(at_stripe), detached_at=None
    ).first()
    if customer.default_payment_method_id != (expected.pk if expected else None):
        sync.repair("customer", at_stripe["id"], "default", _refresh_default(customer))


def _refresh(stripe_id: str) -> Fix:
    def fix() -> str:
        method_apply.refresh(stripe_id)
        return ""

    return fix


def _refresh_default(customer: Customer) -> Fix:
    def fix() -> str:
        customer_default.refresh(customer)
        return ""

    return fix


def _forget(stripe_id: str) -> Fix:
    def fix() -> str:
        customers.forget(stripe_id)
        return ""

    return fix
