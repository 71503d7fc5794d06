"""How the app is doing, in a handful of indexed queries: for a health check or an exporter."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..conf import settings
from ..models import (
    ApiOperation,
    AuditLogEntry,
    Fact,
    ReceiverDelivery,
    SigningSecret,
    SyncRun,
    WebhookEvent,
)
from ..stripe_api.client import sdk_version
from ..webhooks import refusals as refused
from ..webhooks import secrets

#: Counting stops here: a backlog must not make the health check slow, and more is not worse.
MOST = 1000

#: The problem whose remedy ``stripe_doctor`` tells in more words.
REFUSED = gettext_lazy(
    "Webhooks are refused for their signature: copy the endpoint's secret anew into "
    "STRIPE_WEBHOOK_SECRET."
)

#: What the numbers mean to somebody who reads them in a monitoring system.
HELP = {
    "unfinished_events": f"Stored events that are not finished, {MOST} at the most.",
    "oldest_unfinished_event": "Seconds since the oldest unfinished event was received.",
    "unannounced_facts": f"Facts that some receiver has not heard of, {MOST} at the most.",
    "oldest_unannounced_fact": "Seconds since the oldest unannounced fact was written.",
    "failed_deliveries": f"Receivers that failed and will be tried again, {MOST} at the most.",
    "unknown_operations": f"Calls to Stripe without an answer, {MOST} at the most.",
    "oldest_unknown_operation": "Seconds since the oldest call without an answer was made.",
    "oldest_unsealed_entry": "Seconds that the oldest entry of the audit log waits for the sweep.",
    "refused_webhooks": "Deliveries refused for their signature in the last hour.",
    "last_event": "Seconds since an event was received.",
    "last_sync": "Seconds since a reconciliation ended.",
    "api_version_mismatch": "1 if events come in another API version than the SDK's.",
    "healthy": "1 if nothing needs a person.",
}


@dataclass(frozen=True, slots=True)
class Status:
    """The state at one moment. Ages are seconds, and None where there is nothing of that kind.

    ``problems`` says in words what needs a person; it is empty on a healthy site.
    """

    unfinished_events: int
    oldest_unfinished_event: float | None
    unannounced_facts: int
    oldest_unannounced_fact: float | None
    failed_deliveries: int
    unknown_operations: int
    oldest_unknown_operation: float | None
    oldest_unsealed_entry: float | None
    #: Counted in the cache, STRIPE_RATE_LIMIT_CACHE: 0 as well where that does not answer.
    refused_webhooks: int
    last_event: float | None
    last_sync: float | None
    #: The versions in which events came, other than the SDK's.
    foreign_versions: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether nothing needs a person."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for JSON."""
        return {**asdict(self), "is_healthy": self.is_healthy}

    def as_prometheus(self) -> str:
        """Return the numbers in Prometheus' text format; what is None is left out."""
        numbers = {
            **asdict(self),
            "api_version_mismatch": int(bool(self.foreign_versions)),
            "healthy": int(self.is_healthy),
        }
        lines = []
        for name, text in HELP.items():
            if numbers[name] is not None:
                unit = "_seconds" if text.startswith("Seconds") else ""
                metric = f"stripe_payments_{name}{unit}"
                lines += [f"# HELP {metric} {text}", f"# TYPE {metric} gauge"]
                lines.append(f"{metric} {numbers[name]}")
        return "\n".join(lines) + "\n"


def status() -> Status:
    """Return how the app is doing now. Eleven queries by index, and no call to Stripe."""
    facts = Fact.objects.filter(announced_at=None)
    events = WebhookEvent.objects.filter(finished_at=None)
    failed = ReceiverDelivery.objects.filter(
        fact__announced_at=None, delivered_at=None, attempts__gt=0
    )
    unanswered = (ApiOperation.Status.UNKNOWN, ApiOperation.Status.PENDING)
    calls = ApiOperation.objects.filter(status__in=unanswered)
    newest = WebhookEvent.objects.order_by("-pk").values_list("received_at", "origin").first()
    last_event, origin = newest or (None, "")
    seen, refusals = _seen_secrets(), refused.recent()
    found = Status(
        unfinished_events=_count(events),
        oldest_unfinished_event=_age(events.order_by("pk"), "received_at"),
        unannounced_facts=_count(facts),
        oldest_unannounced_fact=_age(facts.order_by("pk"), "created_at"),
        failed_deliveries=_count(failed),
        unknown_operations=_count(calls),
        oldest_unknown_operation=_age(calls.order_by("created_at"), "created_at"),
        oldest_unsealed_entry=_age(
            AuditLogEntry.objects.filter(sequence=None).order_by("pk"), "created_at"
        ),
        refused_webhooks=refusals.count,
        last_event=_seconds_since(last_event),
        last_sync=_age(
            SyncRun.objects.filter(finished_at__isnull=False).order_by("-pk"), "finished_at"
        ),
        foreign_versions=_foreign_versions(seen),
    )
    # A secret's use is noted once a minute. What a reconciliation found nobody signed for us.
    delivered = last_event if origin == WebhookEvent.Origin.ENDPOINT else None
    verified = [delivered, *(row.last_seen_at for row in seen)]
    return replace(found, problems=_problems(found, is_refusing=_is_refusing(refusals, verified)))


def _problems(status: Status, *, is_refusing: bool) -> tuple[str, ...]:
    longest, sync_longest = settings.STRIPE_HEALTH_MAX_AGE, settings.STRIPE_HEALTH_SYNC_MAX_AGE
    found = {
        str(REFUSED): is_refusing,
        _("Events are not finished: the admin lists them, with their errors."): _is_older(
            status.oldest_unfinished_event, longest
        ),
        _("Facts are not announced: the admin lists the receivers, with their errors."): _is_older(
            status.oldest_unannounced_fact, longest
        ),
        _("Calls to Stripe have no answer: run manage.py stripe_sync."): _is_older(
            status.oldest_unknown_operation, longest
        ),
        _("No sweep runs: run manage.py stripe_deliver every minute."): _is_older(
            status.oldest_unsealed_entry, longest
        ),
        _("No reconciliation ended lately: run manage.py stripe_sync every night."): bool(
            sync_longest
        )
        and (status.last_sync is None or _is_older(status.last_sync, sync_longest)),
        _("Events come in another API version than the SDK's: run stripe_webhook_endpoint."): bool(
            status.foreign_versions
        ),
    }
    return tuple(problem for problem, is_so in found.items() if is_so)


def _is_refusing(refusals: refused.Refusals, verified: list[datetime | None]) -> bool:
    """Whether nothing was verified since the last refusal.

    A forged delivery between good ones is nobody's mistake, and a wrong secret lets none through.
    """
    last = refusals.last_at
    return last is not None and not any(moment and moment >= last for moment in verified)


def _is_older(age: float | None, longest: float) -> bool:
    return age is not None and age > longest


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST].count()


def _age(rows: QuerySet[Any], field: str) -> float | None:
    """Return the age in seconds of the first of ``rows``."""
    return _seconds_since(rows.values_list(field, flat=True).first())


def _seconds_since(moment: datetime | None) -> float | None:
    return None if moment is None else max(0.0, (timezone.now() - moment).total_seconds())


def _seen_secrets() -> list[SigningSecret]:
    """Return what is known of the configured secrets that verified a delivery."""
    marks = [secrets.fingerprint(secret) for secret in secrets.webhook_secrets()]
    return list(SigningSecret.objects.filter(fingerprint__in=marks))


def _foreign_versions(seen: list[SigningSecret]) -> tuple[str, ...]:
    """Return the versions in which the endpoints of the configured secrets render events."""
    return tuple(sorted({row.api_version for row in seen} - {"", sdk_version()}))
