"""What waits for staff, and the models by what they are for: the start page of the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from ..models import (
    Dispute,
    Payment,
    ReceiverDelivery,
    RefundRequest,
    SyncFinding,
    WebhookEvent,
)

#: Counting stops here, so that a backlog does not make the page slow.
MAX_COUNT = 1000


@dataclass(frozen=True, slots=True)
class Task:
    """Rows that wait for staff: which, in words for their number, and the filter of their list."""

    rows: Callable[[], QuerySet[Any]]
    words: Any
    query: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the page shows of a task."""

    text: str
    url: str


TASKS = (
    Task(
        lambda: RefundRequest.objects.filter(status=RefundRequest.Status.PENDING),
        ngettext_lazy("%d refund request waits", "%d refund requests wait"),
        "status__exact=pending",
    ),
    Task(
        lambda: Dispute.objects.filter(status__in=Dispute.OPEN_STATUSES, submitted_at=None),
        ngettext_lazy("%d dispute needs a response", "%d disputes need a response"),
        "evidence=open",
    ),
    Task(
        lambda: ReceiverDelivery.objects.filter(
            delivered_at=None, attempts__gt=0, fact__announced_at=None
        ),
        ngettext_lazy("%d receiver fails", "%d receivers fail"),
        "delivered=failed",
    ),
    Task(
        lambda: Payment.objects.exclude(review_reason=""),
        ngettext_lazy("%d payment needs review", "%d payments need review"),
        "review=yes",
    ),
    Task(
        lambda: SyncFinding.objects.filter(outcome=SyncFinding.Outcome.NEEDS_REVIEW),
        ngettext_lazy("%d finding needs review", "%d findings need review"),
        "outcome__exact=needs_review",
    ),
    Task(
        lambda: WebhookEvent.objects.filter(finished_at=None, attempts__gt=0),
        ngettext_lazy("%d event is not finished", "%d events are not finished"),
        "finished=no",
    ),
)

#: Title and names of models, in the order of the start page. Other models are listed last.
GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("Payments"), ("Payment", "Refund", "RefundRequest", "Dispute")),
    (_("Customers"), ("Customer", "PaymentMethod", "SetupIntent")),
    (_("Money at Stripe"), ("Payout", "BalanceTransaction", "Charge")),
    (_("Events and receivers"), ("WebhookEvent", "Fact", "ReceiverDelivery")),
    (_("Checks and records"), ("SyncRun", "SyncFinding", "ApiOperation", "AuditLogEntry")),
)


def waiting_for(user: Any, site: str = "admin") -> list[Waiting]:
    """Return what waits, of what the user may see. One query per kind, each indexed."""
    return [found for task in TASKS if (found := _waiting(task, user, site)) is not None]


def grouped(models: Iterable[dict[str, Any]]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return the models of an app of the admin's list by what they are for."""
    left = {model["object_name"]: model for model in models}
    groups = [
        (title, [left.pop(name) for name in names if name in left]) for title, names in GROUPS
    ]
    groups.append((_("More"), list(left.values())))
    return [(title, members) for title, members in groups if members]


def _waiting(task: Task, user: Any, site: str) -> Waiting | None:
    rows = task.rows()
    meta = rows.model._meta
    if not user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        return None
    count = rows.order_by()[:MAX_COUNT].count()
    if not count:
        return None
    url = reverse(f"{site}:{meta.app_label}_{meta.model_name}_changelist")
    return Waiting(task.words % count, f"{url}?{task.query}")
