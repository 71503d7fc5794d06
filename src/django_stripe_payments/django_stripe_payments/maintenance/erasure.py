"""Erase one user's personal data. The sums, and the chain of the audit log, stay as they are.

What is left of a payment is amounts, currency, status, times and Stripe's ids. The customer is
deleted at Stripe too, which detaches their cards; what Stripe itself has to keep, Stripe keeps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import audit
from ..database.transactions import own_transaction, require_no_transaction
from ..exceptions import ErasureRefused, StripeCallFailed
from ..models import (
    ApiOperation,
    Customer,
    Dispute,
    EvidenceFile,
    Fact,
    Payment,
    PaymentMethod,
    ReceiverDelivery,
    Refund,
    RefundRequest,
    SetupIntent,
    WebhookEvent,
)
from ..payments.cancel import cancel_payment
from ..stripe_api.client import MISSING, get_client, translated_errors
from .payloads import ANSWERED, empty_events, empty_operations, empty_tracebacks, in_chunks

#: How long after an erasure events about the user may come: Stripe's list of events goes back 30
#: days, and a reconciliation may bring one of them.
LATE = timedelta(days=40)

#: Values in one IN of a query; databases limit them.
BATCH = 200


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each kind were emptied or deleted."""

    payments: int
    payment_methods: int
    events: int
    operations: int


@dataclass(frozen=True, slots=True)
class _Belongings:
    """What is about one user, by our keys and by Stripe's ids."""

    customer: Customer | None
    payments: list[Payment]

    @property
    def payment_keys(self) -> list[Any]:
        return [payment.pk for payment in self.payments]

    def rows(self, model: type[Any]) -> QuerySet[Any]:
        """Return the rows of a model that belongs to payments."""
        found: QuerySet[Any] = model._default_manager.filter(payment__in=self.payment_keys)
        return found

    def of_customer(self, model: type[Any]) -> QuerySet[Any]:
        """Return the rows of a model that belongs to customers."""
        found: QuerySet[Any] = model._default_manager.filter(customer=self.customer)
        return found

    def customer_id(self) -> str:
        if self.customer is None:
            return ""
        return self.customer.stripe_id or self.customer.former_stripe_id

    def stripe_ids(self) -> set[str]:
        """Return Stripe's ids of everything that an event or a call may be about."""
        found = {self.customer_id(), *(payment.stripe_id for payment in self.payments)}
        found.update(payment.charge_id for payment in self.payments)
        for rows in (self.rows(Refund), self.rows(Dispute)):
            found.update(rows.values_list("stripe_id", flat=True))
        if self.customer is not None:
            for model in (PaymentMethod, SetupIntent):
                found.update(self.of_customer(model).values_list("stripe_id", flat=True))
        return {name for name in found if name}

    def targets(self) -> set[str]:
        """Return how operations name what they were done for."""
        keys = {"payment": self.payment_keys}
        for model in (Refund, Dispute):
            keys[str(model._meta.model_name)] = list(self.rows(model).values_list("pk", flat=True))
        if self.customer is not None:
            keys["customer"] = [self.customer.pk]
            for owned in (PaymentMethod, SetupIntent):
                found = self.of_customer(owned).values_list("pk", flat=True)
                keys[str(owned._meta.model_name)] = list(found)
        return {
            f"{name}:{key}" for name, found in keys.items() for key in found
        } | self.stripe_ids()


def erase_user(user: Any) -> Erased:
    """Remove a user's personal data here, and their customer at Stripe.

    Payments that were never paid are cancelled first. Calling it again finishes what an error
    left undone. The user's own row is the site's to delete or to keep.

    Raises:
        ErasureRefused: something is still under way: money, a dispute, a decision, a receiver.
        StripeUnavailable: Stripe did not answer; here nothing was erased yet.
        TransactionInProgress: a transaction is open.
    """
    require_no_transaction()
    theirs = _belongings(user)
    _cancel_open(theirs)
    theirs = _belongings(user)
    _refuse_if_under_way(theirs)
    _delete_at_stripe(theirs.customer)
    with own_transaction():
        erased = _erase(theirs)
        audit.record_about("user.erased", "user", str(user.pk), payments=erased.payments)
    return erased


def erase_late_news() -> int:
    """Empty what came about erased users since: their deletion at Stripe is itself an event."""
    since = timezone.now() - LATE
    customers = Customer.objects.filter(erased_at__gte=since).prefetch_related("payments")
    names: set[str] = set()
    for customer in customers:
        names |= _Belongings(customer, list(customer.payments.all())).stripe_ids()
    return _empty_events(names, WebhookEvent.objects.filter(received_at__gte=since))


def _belongings(user: Any) -> _Belongings:
    customer = Customer.objects.filter(user=user).first()
    theirs = Q(user=user) if customer is None else Q(user=user) | Q(customer=customer)
    return _Belongings(customer, list(Payment.objects.filter(theirs)))


def _cancel_open(theirs: _Belongings) -> None:
    for payment in theirs.payments:
        if payment.status in Payment.OPEN_STATUSES and payment.stripe_id:
            cancel_payment(payment, "abandoned")


def _refuse_if_under_way(theirs: _Belongings) -> None:
    waiting = (Refund.Status.PENDING, Refund.Status.REQUIRES_ACTION)
    unanswered = ApiOperation.objects.exclude(status__in=ANSWERED)
    found = {
        _("payments that are processing or authorised"): any(map(_is_moving, theirs.payments)),
        _("refunds on their way"): theirs.rows(Refund).filter(status__in=waiting).exists(),
        _("requests for refunds that nobody decided"): theirs.rows(RefundRequest)
        .filter(status=RefundRequest.Status.PENDING)
        .exists(),
        _("open disputes"): theirs.rows(Dispute)
        .exclude(status__in=Dispute.CLOSED_STATUSES)
        .exists(),
        _("calls to Stripe without an answer"): _any(unanswered, "target", theirs.targets()),
        _("events that are not finished"): _any(
            WebhookEvent.objects.filter(finished_at=None), "object_id", theirs.stripe_ids()
        ),
        _("receivers that have not run"): theirs.rows(Fact).filter(announced_at=None).exists(),
    }
    reasons = [reason for reason, is_so in found.items() if is_so]
    if reasons:
        msg = _("Let these end first (manage.py stripe_deliver helps): %(reasons)s.")
        raise ErasureRefused(msg % {"reasons": ", ".join(reasons)})


def _is_moving(payment: Payment) -> bool:
    # A payment that never reached Stripe is no money.
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


def _erase(theirs: _Belongings) -> Erased:
    events = _empty_events(theirs.stripe_ids(), WebhookEvent.objects.all())
    operations = sum(
        empty_operations(ApiOperation.objects.filter(target__in=batch))
        for batch in _batches(theirs.targets())
    )
    told = ReceiverDelivery.objects.all()
    empty_tracebacks(told.filter(fact__payment__in=theirs.payment_keys))
    theirs.rows(RefundRequest).update(message="", decision_note="", requested_by=None)
    theirs.rows(Refund).update(requested_by=None, version=F("version") + 1)
    EvidenceFile.objects.filter(dispute__payment__in=theirs.payment_keys).update(name="")
    theirs.rows(Dispute).update(evidence={}, version=F("version") + 1)
    methods = 0
    if theirs.customer is not None:
        methods = theirs.of_customer(PaymentMethod).count()
        empty_tracebacks(told.filter(fact__customer=theirs.customer))
        theirs.of_customer(PaymentMethod).delete()
        _empty_customer(theirs.customer)
    mine = Payment.objects.filter(pk__in=theirs.payment_keys)
    emptied = {"description": "", "failure_message": ""}
    payments = mine.update(**emptied, user=None, metadata={}, version=F("version") + 1)
    return Erased(payments, methods, events, operations)


def _empty_customer(customer: Customer) -> None:
    Customer.objects.filter(pk=customer.pk).update(
        user=None,
        email="",
        name="",
        stripe_id=None,
        # The deletion is an event, which carries what was deleted: stripe_prune looks for it.
        former_stripe_id=customer.stripe_id or customer.former_stripe_id,
        erased_at=timezone.now(),
    )


def _empty_events(stripe_ids: Iterable[str], events: QuerySet[WebhookEvent]) -> int:
    """Empty the finished events that are about one of these objects, or name one."""
    total = 0
    for batch in _batches(stripe_ids):
        about = Q(object_id__in=batch)
        for path in ("customer", "payment_intent"):
            about |= Q(**{f"payload__data__object__{path}__in": batch})
        about |= Q(payload__data__previous_attributes__customer__in=batch)
        found = events.filter(about, pruned_at=None, finished_at__isnull=False)
        total += sum(empty_events(keys) for keys in in_chunks(found))
    return total
