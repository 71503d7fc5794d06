"""The timeline of a payment, in the order in which this site learned of each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import AuditLogEntry, Dispute, Fact, Payment, Refund


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; ``tone`` is success, pending, problem or neutral."""

    at: datetime
    title: str
    detail: str = ""
    tone: str = "neutral"


#: Fact → title and tone, for the customer.
FACTS: dict[str, tuple[Any, str]] = {
    "payment_succeeded": (gettext_lazy("Payment received"), "success"),
    "payment_failed": (gettext_lazy("Payment attempt failed"), "problem"),
    "payment_canceled": (gettext_lazy("Payment canceled"), "problem"),
    "payment_processing": (gettext_lazy("The bank is processing the payment"), "pending"),
    "payment_authorized": (gettext_lazy("Amount reserved by the bank"), "pending"),
    "payment_requires_action": (gettext_lazy("Another step was needed"), "pending"),
    "payment_authentication_required": (
        gettext_lazy("The bank asked for confirmation"),
        "pending",
    ),
    "payment_refunded": (gettext_lazy("Refunded"), "success"),
    "refund_failed": (gettext_lazy("Refund failed"), "problem"),
    "refund_requested": (gettext_lazy("Refund requested"), "pending"),
    "refund_request_rejected": (gettext_lazy("Refund request rejected"), "problem"),
    "dispute_opened": (gettext_lazy("Payment disputed"), "problem"),
    "dispute_closed": (gettext_lazy("Dispute decided"), "neutral"),
}

#: Facts that only staff see.
STAFF_FACTS: dict[str, tuple[Any, str]] = {
    "dispute_funds_withdrawn": (gettext_lazy("Disputed amount withdrawn"), "problem"),
    "dispute_funds_reinstated": (gettext_lazy("Disputed amount returned"), "success"),
    "dispute_evidence_due": (gettext_lazy("Evidence is due soon"), "problem"),
    "early_fraud_warning": (gettext_lazy("The card issuer suspects fraud"), "problem"),
}

#: Audit log action → title and tone: what has no signal, for the customer.
ENTRIES: dict[str, tuple[Any, str]] = {
    "payment.created": (gettext_lazy("Payment started"), "neutral"),
    "payment.requires_capture": (gettext_lazy("Amount reserved on the card"), "pending"),
}

#: Audit log actions that only staff see.
STAFF_ENTRIES: dict[str, tuple[Any, str]] = {
    "payment.requires_payment_method": (gettext_lazy("Waiting for a payment method"), "pending"),
    "payment.requires_confirmation": (gettext_lazy("Waiting for confirmation"), "pending"),
    "payment.requires_action": (gettext_lazy("Waiting for another step"), "pending"),
    "payment.processing": (gettext_lazy("Status: processing"), "pending"),
    "payment.succeeded": (gettext_lazy("Status: succeeded"), "success"),
    "payment.canceled": (gettext_lazy("Status: canceled"), "problem"),
    "payment.cancel_asked": (gettext_lazy("Cancellation requested"), "neutral"),
    "payment.capture_asked": (gettext_lazy("Capture requested"), "neutral"),
    "payment.reviewed": (gettext_lazy("Marked as reviewed"), "neutral"),
    "payment.early_fraud_warning": (gettext_lazy("Early fraud warning recorded"), "problem"),
    "refund.created": (gettext_lazy("Refund started"), "neutral"),
    "refund.found": (gettext_lazy("Refund made at Stripe"), "neutral"),
    "refund.pending": (gettext_lazy("Refund pending"), "pending"),
    "refund.requires_action": (gettext_lazy("Refund waiting for the customer"), "pending"),
    "refund.succeeded": (gettext_lazy("Refund succeeded"), "success"),
    "refund.failed": (gettext_lazy("Refund failed"), "problem"),
    "refund.canceled": (gettext_lazy("Refund canceled"), "problem"),
    "refund_request.created": (gettext_lazy("Refund request recorded"), "pending"),
    "refund_request.approved": (gettext_lazy("Refund request approved"), "success"),
    "refund_request.granted": (gettext_lazy("Refund request approved by policy"), "success"),
    "refund_request.rejected": (gettext_lazy("Refund request rejected"), "problem"),
    "dispute.updated": (gettext_lazy("Dispute updated"), "neutral"),
    "dispute.evidence_staged": (gettext_lazy("Evidence draft saved"), "neutral"),
    "dispute.evidence_submitted": (gettext_lazy("Evidence submitted"), "neutral"),
    "dispute.file_added": (gettext_lazy("Evidence file added"), "neutral"),
}


#: Source in the audit log → where the step was taken. A command keeps its name.
SOURCES: dict[str, Any] = {
    "admin": gettext_lazy("in the admin"),
    "code": gettext_lazy("by the site"),
    "page": gettext_lazy("on a page"),
    "reconciler": gettext_lazy("by reconciliation"),
    "webhook": gettext_lazy("by a webhook"),
    "worker": gettext_lazy("by a worker"),
}


def steps(payment: Payment, *, for_staff: bool) -> list[Step]:
    """Return the steps, oldest first; staff also see who took them."""
    timeline = [*_entries(payment, for_staff=for_staff), *_facts(payment, for_staff=for_staff)]
    return sorted(timeline, key=lambda step: step.at)


def _facts(payment: Payment, *, for_staff: bool) -> Iterator[Step]:
    titles = {**FACTS, **STAFF_FACTS} if for_staff else FACTS
    facts = Fact.objects.filter(payment=payment, kind__in=titles, overtaken=False).order_by("pk")
    subjects = _subjects(payment, {fact.subject_type for fact in facts})
    for fact in facts:
        about = subjects.get((fact.subject_type, fact.subject_id))
        # Refunds and disputes have the currency of their payment.
        detail = about.amount_display if about else ""
        if fact.kind == "dispute_closed" and isinstance(about, Dispute):
            detail = about.status_label
        title, tone = titles[fact.kind]
        yield Step(fact.created_at, str(title), detail, tone)


def _subjects(payment: Payment, types: set[str]) -> dict[tuple[str, str], Refund | Dispute]:
    """Return the payment's refunds and disputes by subject; what is not named is not read."""
    named: dict[str, Any] = {"refund": payment.refunds, "dispute": payment.disputes}
    return {
        (name, str(row.pk)): row
        for name, rows in named.items()
        if name in types
        for row in rows.all()
    }


def _entries(payment: Payment, *, for_staff: bool) -> Iterator[Step]:
    entries = AuditLogEntry.objects.order_by("pk").select_related("actor")
    entries = entries.filter(about(payment) if for_staff else _visible_to_customer(payment))
    titles = {**ENTRIES, **STAFF_ENTRIES}
    for entry in entries:
        tone = titles[entry.action][1] if entry.action in titles else "neutral"
        detail = who(entry) if for_staff else ""
        yield Step(entry.created_at, entry_title(entry), detail, tone)


def entry_title(entry: AuditLogEntry) -> str:
    """Return what an entry of the audit log records, in the active language."""
    known = {**ENTRIES, **STAFF_ENTRIES}.get(entry.action)
    return str(known[0]) if known else _words(entry.action)


def _words(action: str) -> str:
    """Return a readable title for an action that is not in the tables."""
    return action.replace(".", " ").replace("_", " ").capitalize()


def _visible_to_customer(payment: Payment) -> Q:
    return Q(object_type="payment", object_id=str(payment.pk), action__in=ENTRIES)


def about(payment: Payment) -> Q:
    """Return the condition for the audit log's entries about the payment and what belongs to it."""
    refunds = [str(refund.pk) for refund in payment.refunds.all()]
    disputes = [str(dispute.pk) for dispute in payment.disputes.all()]
    requests = [str(request.pk) for request in payment.refund_requests.all()]
    return (
        Q(object_type="payment", object_id=str(payment.pk))
        | Q(object_type="refund", object_id__in=refunds)
        | Q(object_type="refundrequest", object_id__in=requests)
        | Q(object_type="dispute", object_id__in=disputes)
    )


def who(entry: AuditLogEntry) -> str:
    """Return who acted, and where, in the active language."""
    source = SOURCES.get(entry.source, entry.source)
    if entry.actor is None:
        return str(source)
    return _("%(user)s (%(source)s)") % {"user": entry.actor, "source": source}
