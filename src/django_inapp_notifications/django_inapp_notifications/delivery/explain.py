"""Why a notification was sent, waits, or was not sent: the rules in order, with verdicts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime

from .. import clock
from ..content.text import error_text
from ..models import Delivery, Folder, Notification, Status
from .context import DeliveryContext, load_contexts
from .rules import RULES, Rule

PASSES = "passes"


@dataclass(frozen=True)
class Explanation:
    """About one channel: what became of it, and what each rule says to it now."""

    channel: str
    status: str
    reason: str
    rules: list[tuple[str, str]]

    def __str__(self) -> str:
        lines = [f"{self.channel}: {self.status}" + (f" ({self.reason})" if self.reason else "")]
        lines += [f"  {name}: {verdict}" for name, verdict in self.rules]
        return "\n".join(lines)


def explain(notification: Notification, user: Any = None) -> list[Explanation]:
    """The inbox first, then each outside channel in the order of its delivery.

    `user` is the recipient, if you want it checked; the rules are applied as of now.
    """
    if user is not None and notification.recipient_id != user.pk:
        raise ValueError("That notification is another user's.")
    rows = Delivery.objects.filter(notification=notification).order_by("pk")
    return [_inbox(notification), *(_delivery(context) for context in load_contexts(rows))]


def _verdict(rule: Rule, context: DeliveryContext) -> str:
    try:
        decision = rule(context)
    except Exception as error:  # an access function, say: that is what stops it
        return f"fails: {error_text(error)}"
    if decision is None:
        return PASSES
    until = f" until {_time(decision.until)}" if decision.until else ""
    return f"{decision.action}: {decision.rule}{until}"


def _inbox(notification: Notification) -> Explanation:
    folder = Folder(notification.folder)
    status = "read" if notification.is_read else "unread"
    reasons = {
        Folder.OUTSIDE: "the sender or the recipient left the inbox out",
        Folder.INBOX: status,
        Folder.ARCHIVE: f"archived, {status}",
        Folder.DELETED: "deleted by the recipient",
    }
    rules = []
    if notification.expires_at is not None:
        over = notification.expires_at <= clock.now()
        rules.append(
            ("expiry", f"{'over since' if over else 'until'} {_time(notification.expires_at)}")
        )
    if notification.snoozed_until is not None:
        rules.append(("snoozed", f"until {_time(notification.snoozed_until)}"))
    return Explanation("in_app", str(folder.label), reasons[folder], rules)


def _delivery(context: DeliveryContext) -> Explanation:
    row, rules, decided = context.delivery, [], False
    for rule in RULES:
        verdict = "not checked" if decided else _verdict(rule, context)
        decided = decided or verdict != PASSES
        rules.append((rule.__name__, verdict))
    reason = row.reason
    if row.status == Status.SENT:
        reason = f"at {_time(row.sent_at)}, attempt {row.attempts}"
    elif row.status == Status.PENDING:
        reason = f"{row.reason or 'due'}, not before {_time(row.not_before)}"
    elif row.status == Status.FAILED:
        reason = row.error
    return Explanation(row.channel, row.get_status_display(), reason, rules)


def _time(moment: datetime | None) -> str:
    """A date and time as the active language writes it, in the current time zone."""
    if moment is None:
        return "?"
    local = localtime(moment) if is_aware(moment) else moment
    return f"{date_format(local, 'DATETIME_FORMAT')} {local:%Z}".strip()
