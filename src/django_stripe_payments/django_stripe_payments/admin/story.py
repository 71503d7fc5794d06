"""What a payment's page shows below its fields: everything that happened to it, in tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

from ..models import AuditLogEntry, Fact, Payment, ReceiverDelivery, declines
from ..payments import timeline
from .buttons import page_of
from .columns import badge


@dataclass(frozen=True, slots=True)
class Table:
    """A part of an object's page: a title, headers, and rows of cells (text or safe HTML)."""

    title: str
    columns: Sequence[Any]
    rows: Sequence[Sequence[Any]]
    #: What follows the table, for example a link to all rows.
    note: Any = ""


def of_payment(
    payment: Payment, entries: QuerySet[AuditLogEntry], run_again: Any
) -> Iterator[Table]:
    """Yield the tables of a payment that have rows.

    ``run_again`` returns the address at which a delivery is run again, or "" without permission.
    """
    tables = (
        _attempts(payment),
        _refunds(payment),
        _requests(payment),
        _disputes(payment),
        _facts(payment, run_again),
        audit_table(entries),
    )
    yield from (table for table in tables if table.rows)


def _attempts(payment: Payment) -> Table:
    rows = [
        (
            moment(charge.created),
            charge.amount_display,
            badge(charge.status, capfirst(charge.status_label)),
            charge.method_label or "-",
            capfirst(charge.wallet.replace("_", " ")) or "-",
            charge.country or "-",
            _decline(charge),
            capfirst(charge.risk_level) or "-",
            charge.stripe_id,
        )
        for charge in payment.charges.all()
    ]
    titles = [_("Time"), _("Amount"), _("Status"), _("Card"), _("Wallet"), _("Country")]
    return Table(_("Attempts to pay"), [*titles, _("Decline"), _("Risk"), _("Charge")], rows)


def _decline(charge: Any) -> str:
    code = charge.decline_code or charge.failure_code
    return f"{declines.explain(code)} ({code})" if code else "-"


def _refunds(payment: Payment) -> Table:
    rows = [
        (
            link(refund, moment(refund.created_at)),
            refund.amount_display,
            badge(refund.status, capfirst(refund.status_label)),
            capfirst(refund.reason_label) or "-",
            str(refund.requested_by or "-"),
            refund.failure_reason or "-",
            refund.stripe_id or "-",
        )
        for refund in payment.refunds.select_related("requested_by")
    ]
    titles = [_("Time"), _("Amount"), _("Status"), _("Reason"), _("Requested by")]
    return Table(_("Refunds"), [*titles, _("Failure"), _("Stripe ID")], rows)


def _requests(payment: Payment) -> Table:
    rows = [
        (
            link(request, moment(request.created_at)),
            request.amount_display,
            badge(request.status, capfirst(request.get_status_display())),
            str(request.requested_by or "-"),
            request.message or "-",
            str(request.decided_by or "-"),
            request.decision_note or "-",
        )
        for request in payment.refund_requests.select_related(
            "requested_by", "decided_by", "payment"
        )
    ]
    titles = [_("Time"), _("Amount"), _("Status"), _("Requested by"), _("Message")]
    return Table(_("Refund requests"), [*titles, _("Decided by"), _("Note")], rows)


def _disputes(payment: Payment) -> Table:
    rows = [
        (
            link(dispute, dispute.stripe_id),
            dispute.amount_display,
            badge(dispute.status, capfirst(dispute.status_label)),
            dispute.reason_label or "-",
            moment(dispute.evidence_due_by),
            moment(dispute.submitted_at),
        )
        for dispute in payment.disputes.all()
    ]
    titles = [_("Dispute"), _("Amount"), _("Status"), _("Reason"), _("Evidence due by")]
    return Table(_("Disputes"), [*titles, _("Submitted")], rows)


def _facts(payment: Payment, run_again: Any) -> Table:
    facts = Fact.objects.filter(payment=payment).order_by("-pk").prefetch_related("deliveries")
    rows = [
        (
            link(fact, moment(fact.created_at)),
            fact_title(fact),
            _announcement(fact),
            _deliveries(fact, run_again),
        )
        for fact in facts
    ]
    titles = [_("Time"), _("Fact"), _("Status"), _("Receivers")]
    return Table(_("Facts and their receivers"), titles, rows)


def _announcement(fact: Fact) -> SafeString:
    if fact.overtaken:
        return badge("canceled", _("Superseded"))
    if fact.announced_at is None:
        return badge("pending", _("Not finished"))
    return badge("succeeded", _("Finished"))


def _deliveries(fact: Fact, run_again: Any) -> SafeString | str:
    items = (_delivery(each, run_again(each)) for each in fact.deliveries.all())
    return format_html_join("", "<p>{}</p>", ((item,) for item in items)) or "-"


def _delivery(delivery: ReceiverDelivery, again: str) -> SafeString:
    parts: list[Any] = [delivery_badge(delivery), link(delivery, delivery.receiver)]
    parts.append(_("attempts: %d") % delivery.attempts)
    if delivery.next_attempt_at and not delivery.delivered_at:
        parts.append(_("next: %s") % moment(delivery.next_attempt_at))
    if again:
        parts.append(format_html('<a href="{}">{}</a>', again, _("Run again")))
    line = format_html_join(" ", "{}", ((part,) for part in parts))
    return line + _traceback(delivery.last_error)


def delivery_badge(delivery: ReceiverDelivery) -> SafeString:
    """Return whether a receiver ran, failed or waits, in words."""
    if delivery.delivered_at is not None:
        return badge("succeeded", _("Done"))
    return badge("failed", _("Failed")) if delivery.attempts else badge("pending", _("Waiting"))


def fact_title(fact: Fact) -> str:
    """Return what a fact says, in the active language; the signal's name without words for it."""
    words = {**timeline.FACTS, **timeline.STAFF_FACTS}.get(fact.kind)
    return str(words[0]) if words else fact.kind


def _traceback(error: str) -> SafeString:
    if not error:
        return SafeString("")
    last = error.strip().splitlines()[-1]
    page = '<details class="dsp-traceback"><summary>{}</summary><pre>{}</pre></details>'
    return format_html(page, last, error)


def audit_table(entries: QuerySet[AuditLogEntry]) -> Table:
    """Return the table of entries of the audit log."""
    rows = [
        (
            link(entry, moment(entry.created_at)),
            timeline.entry_title(entry),
            timeline.who(entry),
            entry.address or "-",
        )
        for entry in entries
    ]
    return Table(_("Audit log"), [_("Time"), _("Action"), _("By"), _("Address")], rows)


def moment(at: Any) -> str:
    """Return a time as people read it, in the active time zone; "-" without one."""
    if at is None:
        return "-"
    return date_format(localtime(at) if is_aware(at) else at, "SHORT_DATETIME_FORMAT")


def link(row: Any, text: Any) -> SafeString:
    """Return a link to the row's admin page with this text."""
    return format_html('<a href="{}">{}</a>', page_of(row), text)
