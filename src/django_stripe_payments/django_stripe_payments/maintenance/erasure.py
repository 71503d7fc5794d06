"""Erase one user's personal data. Amounts and the chain of the audit log stay as they are.

A payment keeps its amounts, currency, status, times and Stripe's ids. The customer is deleted at
Stripe too, which detaches their cards. Stripe keeps what it is required to keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from .. import audit, clock
from ..database.transactions import own_transaction, require_no_transaction
from ..exceptions import ErasureRefused, StripeCallFailed
from ..facts import announce
from ..models import (
    ApiOperation,
    Customer,
    Dispute,
    EvidenceFile,
    IdempotentRequest,
    Payment,
    PaymentMethod,
    ReceiverDelivery,
    Refund,
    RefundRequest,
    WebhookEvent,
)
from ..payments.cancel import cancel_payment
from ..stripe_api.client import MISSING, get_client, translated_errors
from . import belongings as kinds
from .belongings import Belongings
from .guard import sum_guarded
from .payloads import ANSWERED, empty_events, empty_operations, empty_tracebacks, keys_in_chunks

#: How long events about an erased user may still arrive. Stripe's list of events goes back 30 days,
#: and a reconciliation may find one of them.
LATE_EVENTS = timedelta(days=40)

#: Values in one IN of a query; databases limit them.
BATCH = 200


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """How many rows of each kind were emptied or deleted; ``others`` by the name of an app's."""

    payments: int
    payment_methods: int
    events: int
    operations: int
    others: Mapping[str, int] = field(default_factory=dict)


def erase_user(user: Any) -> ErasureResult:
    """Remove a user's personal data here, and their customer at Stripe.

    Open payments are canceled first. After an error, call it again to finish. Deleting the user's
    own row is up to the site.

    Raises:
        ErasureRefused: money, a dispute, a decision or a receiver is still in progress.
        StripeUnavailable: Stripe did not answer; nothing was erased here yet.
        TransactionInProgress: a transaction is open.
    """
    return _erase_all(partial(_belongings, user), "user", str(user.pk))


def erase_customer(stripe_id: str) -> ErasureResult:
    """Do the same for a customer ("cus_…") whose user's row is already gone.

    Raises what ``erase_user`` raises, and Customer.DoesNotExist.
    """
    customer = Customer.objects.get(stripe_id=stripe_id)
    if customer.user is not None:
        return erase_user(customer.user)
    return _erase_all(partial(_belongings_of, customer), "customer", stripe_id)


def _erase_all(find: Callable[[], Belongings], kind: str, name: str) -> ErasureResult:
    require_no_transaction()
    _cancel_open(find())
    belongings = find()
    _refuse_if_in_progress(belongings)
    _delete_at_stripe(belongings.customer)
    with own_transaction():
        erased = _erase(belongings)
        audit.record_about(f"{kind}.erased", kind, name, payments=erased.payments)
    return erased


def erase_late_events() -> int:
    """Empty events about users that arrived after their erasure, which is itself an event."""
    since = clock.now() - LATE_EVENTS
    customers = Customer.objects.filter(erased_at__gte=since).prefetch_related("payments")
    late = WebhookEvent.objects.filter(received_at__gte=since)
    owned = ((each.pk, Belongings(None, each, list(each.payments.all()))) for each in customers)
    return sum_guarded("Customer", owned, lambda each: _empty_events(each.stripe_ids(), late))


def _belongings(user: Any) -> Belongings:
    customer = Customer.objects.filter(user=user).first()
    owned = Q(user=user) if customer is None else Q(user=user) | Q(customer=customer)
    return Belongings(user, customer, list(Payment.objects.filter(owned)))


def _belongings_of(customer: Customer) -> Belongings:
    return Belongings(None, customer, list(Payment.objects.filter(customer=customer)))


def _cancel_open(belongings: Belongings) -> None:
    for payment in belongings.payments:
        is_own = payment.stripe_id is not None and not payment.is_claimed
        if payment.status in Payment.OPEN_STATUSES and is_own:
            cancel_payment(payment, "abandoned")


def _refuse_if_in_progress(belongings: Belongings) -> None:
    waiting = (Refund.Status.PENDING, Refund.Status.REQUIRES_ACTION)
    unanswered = ApiOperation.objects.exclude(status__in=ANSWERED)
    unannounced = announce.unannounced().filter(payment__in=belongings.payment_keys)
    in_progress = {
        _("payments that are processing or authorized"): any(map(_is_moving, belongings.payments)),
        _("pending refunds"): belongings.rows(Refund).filter(status__in=waiting).exists(),
        _("undecided refund requests"): belongings.rows(RefundRequest)
        .filter(status=RefundRequest.Status.PENDING)
        .exists(),
        _("open disputes"): belongings.rows(Dispute)
        .exclude(status__in=Dispute.CLOSED_STATUSES)
        .exists(),
        _("calls to Stripe with no answer"): _any(unanswered, "target", belongings.targets()),
        _("unfinished events"): _any(
            WebhookEvent.objects.filter(finished_at=None), "object_id", belongings.stripe_ids()
        ),
        _("undelivered receivers"): unannounced.exists(),
    }
    reasons = [reason for reason, is_so in in_progress.items() if is_so]
    for kind in kinds.registered().values():
        reasons += map(str, kind.in_progress(belongings))
    if reasons:
        msg = _("These must be finished first (manage.py stripe_deliver helps): %(reasons)s.")
        raise ErasureRefused(msg % {"reasons": ", ".join(reasons)})


def _is_moving(payment: Payment) -> bool:
    # A payment that never reached Stripe moves no money.
    return not payment.is_final and payment.stripe_id is not None


def _any(rows: QuerySet[Any], field: str, values: Iterable[str]) -> bool:
    return any(rows.filter(**{f"{field}__in": batch}).exists() for batch in _batches(values))


def _batches(values: Iterable[str]) -> list[list[str]]:
    ordered = sorted(values)
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]


def _delete_at_stripe(customer: Customer | None) -> None:
    if customer is None or not customer.stripe_id:
        return
    try:
        with translated_errors():
            get_client().v1.customers.delete(customer.stripe_id)
    except StripeCallFailed as error:
        if error.code != MISSING:
            raise


def _erase(belongings: Belongings) -> ErasureResult:
    events = _empty_events(belongings.stripe_ids(), WebhookEvent.objects.all())
    operations = sum(
        empty_operations(ApiOperation.objects.filter(target__in=batch))
        for batch in _batches(belongings.targets())
    )
    # Before the customer's row loses its user.
    others = {name: kind.erase(belongings) for name, kind in kinds.registered().items()}
    if belongings.user is not None:
        IdempotentRequest.objects.filter(user=belongings.user).delete()
    deliveries = ReceiverDelivery.objects.all()
    empty_tracebacks(deliveries.filter(fact__payment__in=belongings.payment_keys))
    belongings.rows(RefundRequest).update(message="", decision_note="", requested_by=None)
    belongings.rows(Refund).update(requested_by=None, version=F("version") + 1)
    EvidenceFile.objects.filter(dispute__payment__in=belongings.payment_keys).update(name="")
    belongings.rows(Dispute).update(evidence={}, version=F("version") + 1)
    methods = 0
    if belongings.customer is not None:
        methods = belongings.of_customer(PaymentMethod).count()
        empty_tracebacks(deliveries.filter(fact__in=belongings.customer.facts))
        belongings.of_customer(PaymentMethod).delete()
        _empty_customer(belongings.customer)
    own = Payment.objects.filter(pk__in=belongings.payment_keys)
    emptied = {"description": "", "failure_message": "", "checkout_request": ""}
    _empty_lines(own)
    payments = own.update(**emptied, user=None, metadata={}, buyer={}, version=F("version") + 1)
    return ErasureResult(payments, methods, events, operations, others)


def _empty_lines(payments: QuerySet[Payment]) -> None:
    """Empty what was sold, which may name a person, and keep what it cost."""
    for payment in payments.only("lines"):
        if payment.lines:
            lines = [{**line, "description": ""} for line in payment.lines]
            Payment.objects.filter(pk=payment.pk).update(lines=lines)


def _empty_customer(customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(
        user=None,
        email="",
        name="",
        stripe_id=None,
        # The deletion is an event that contains what was deleted: stripe_prune looks for it.
        former_stripe_id=customer.stripe_id or customer.former_stripe_id,
        erased_at=clock.now(),
    )


def _empty_events(stripe_ids: Iterable[str], events: QuerySet[WebhookEvent]) -> int:
    """Empty the finished events that concern one of these objects, or name one."""
    total = 0
    for batch in _batches(stripe_ids):
        about = Q(object_id__in=batch)
        for path in ("customer", "payment_intent"):
            about |= Q(**{f"payload__data__object__{path}__in": batch})
        about |= Q(payload__data__previous_attributes__customer__in=batch)
        concerned = events.filter(about, pruned_at=None, finished_at__isnull=False)
        total += sum(empty_events(keys) for keys in keys_in_chunks(concerned))
    return total
