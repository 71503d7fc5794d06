"""The state of the app in a few indexed queries, for a health check or an exporter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import clock
from ..conf import settings
from ..facts.announce import unannounced
from ..models import (
    ApiOperation,
    AuditLogEntry,
    ReceiverDelivery,
    SigningSecret,
    SyncRun,
    WebhookEvent,
)
from ..stripe_api.client import sdk_version
from ..webhooks import refusals, secrets
from . import waiting

#: Counting stops here, so that a backlog does not make the health check slow.
COUNT_CAP = 1000

#: The problem for which ``stripe_doctor`` has more detailed advice.
REFUSED = gettext_lazy(
    "Webhooks are refused because of their signatures: copy the endpoint's secret into "
    "STRIPE_WEBHOOK_SECRET again."
)

CLOCK = gettext_lazy(
    "Webhooks are refused because their signatures are of another time: synchronize this "
    "machine's clock."
)

#: What the numbers mean, for a monitoring system.
HELP = {
    "unfinished_events": f"Stored events that are not finished, at most {COUNT_CAP}.",
    "oldest_unfinished_event": "Seconds since the oldest unfinished event was received.",
    "unannounced_facts": f"Facts that are not announced to every receiver, at most {COUNT_CAP}.",
    "oldest_unannounced_fact": "Seconds since the oldest unannounced fact was written.",
    "failed_deliveries": f"Receivers that failed and will be retried, at most {COUNT_CAP}.",
    "unknown_operations": f"Calls to Stripe without an answer, at most {COUNT_CAP}.",
    "oldest_unknown_operation": "Seconds since the oldest call without an answer.",
    "oldest_unsealed_entry": "Seconds since the oldest unsealed entry of the audit log.",
    "refused_webhooks": "Deliveries refused because of their signatures in the last hour.",
    "last_event": "Seconds since the last event was received.",
    "last_sync": "Seconds since the last reconciliation finished.",
    "api_version_mismatch": "1 if events arrive in an API version that is not the SDK's.",
    "healthy": "1 if there is no problem.",
}


@dataclass(frozen=True, slots=True)
class Status:
    """The state at one moment. Ages are in seconds, and None if there is nothing of that kind.

    ``problems`` describes what needs attention, and what to do; it is empty on a healthy site.
    """

    unfinished_events: int
    oldest_unfinished_event: float | None
    unannounced_facts: int
    oldest_unannounced_fact: float | None
    failed_deliveries: int
    unknown_operations: int
    oldest_unknown_operation: float | None
    oldest_unsealed_entry: float | None
    #: Counted in the cache STRIPE_RATE_LIMIT_CACHE, and 0 if the cache does not answer.
    refused_webhooks: int
    last_event: float | None
    last_sync: float | None
    #: The API versions in which events arrived, other than the SDK's.
    foreign_versions: tuple[str, ...]
    problems: tuple[str, ...] = ()
    #: What apps count, by name: see ``waiting``. None if the count failed.
    others: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def is_healthy(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {**asdict(self), "is_healthy": self.is_healthy}

    def as_prometheus(self) -> str:
        """Return the numbers in Prometheus' text format, without those that are None."""
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
        for name, number in self.others.items():
            if number is not None:
                metric = f"stripe_payments_{name}"
                lines += [f"# HELP {metric} {self._help(name)}", f"# TYPE {metric} gauge"]
                lines.append(f"{metric} {number}")
        return "\n".join(lines) + "\n"

    def _help(self, name: str) -> str:
        count = waiting.registered().get(name)
        return count.help if count else ""


def status() -> Status:
    """Return the current state. It takes eleven indexed queries, one for each count of an app,
    and no call to Stripe.
    """
    facts = unannounced()
    events = WebhookEvent.objects.filter(finished_at=None)
    failed = ReceiverDelivery.objects.filter(
        fact__announced_at=None, delivered_at=None, attempts__gt=0
    )
    unanswered = (ApiOperation.Status.UNKNOWN, ApiOperation.Status.PENDING)
    calls = ApiOperation.objects.filter(status__in=unanswered)
    newest = WebhookEvent.objects.order_by("-pk").values_list("received_at", "origin").first()
    last_event, origin = newest or (None, "")
    seen, refused = _seen_secrets(), refusals.recent()
    result = Status(
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
        refused_webhooks=refused.count,
        last_event=_seconds_since(last_event),
        last_sync=_age(
            SyncRun.objects.filter(finished_at__isnull=False).order_by("-pk"), "finished_at"
        ),
        foreign_versions=_foreign_versions(seen),
    )
    # A secret's use is stored once a minute. An event that a reconciliation found has no signature.
    delivered = last_event if origin == WebhookEvent.Origin.ENDPOINT else None
    verified = [delivered, *(row.last_seen_at for row in seen)]
    reason = str(CLOCK if refused.is_off_time else REFUSED)
    refusal = reason if _is_refusing(refused, verified) else ""
    problems = _problems(result, refusal)
    others = waiting.counted()
    return replace(result, problems=(*problems, *waiting.problems(others)), others=others)


def _problems(status: Status, refusal: str) -> tuple[str, ...]:
    maximum, sync_maximum = settings.STRIPE_HEALTH_MAX_AGE, settings.STRIPE_HEALTH_SYNC_MAX_AGE
    possible = {
        refusal: bool(refusal),
        _("Events are not finished: the admin lists them with their errors."): _is_older(
            status.oldest_unfinished_event, maximum
        ),
        _("Facts are not announced: the admin lists the receivers with their errors."): _is_older(
            status.oldest_unannounced_fact, maximum
        ),
        _("Calls to Stripe have no answer: run manage.py stripe_sync."): _is_older(
            status.oldest_unknown_operation, maximum
        ),
        _("No sweep is running: run manage.py stripe_deliver every minute."): _is_older(
            status.oldest_unsealed_entry, maximum
        ),
        _("No recent reconciliation finished: run manage.py stripe_sync every night."): bool(
            sync_maximum
        )
        and (status.last_sync is None or _is_older(status.last_sync, sync_maximum)),
        _("Events have another API version than the SDK: run stripe_webhook_endpoint."): bool(
            status.foreign_versions
        ),
    }
    return tuple(problem for problem, is_so in possible.items() if is_so)


def _is_refusing(refused: refusals.Refusals, verified: list[datetime | None]) -> bool:
    """Return whether nothing was verified since the last refusal.

    A forged delivery among good ones needs no attention, but a wrong secret refuses all of them.
    """
    last = refused.last_at
    return last is not None and not any(moment and moment >= last for moment in verified)


def _is_older(age: float | None, maximum: float) -> bool:
    return age is not None and age > maximum


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:COUNT_CAP].count()


def _age(rows: QuerySet[Any], field: str) -> float | None:
    """Return the age in seconds of the first of ``rows``."""
    return _seconds_since(rows.values_list(field, flat=True).first())


def _seconds_since(moment: datetime | None) -> float | None:
    return None if moment is None else max(0.0, (clock.now() - moment).total_seconds())


def _seen_secrets() -> list[SigningSecret]:
    """Return the rows of the configured secrets that verified a delivery."""
    marks = [secrets.fingerprint(secret) for secret in secrets.webhook_secrets()]
    return list(SigningSecret.objects.filter(fingerprint__in=marks))


def _foreign_versions(seen: list[SigningSecret]) -> tuple[str, ...]:
    """Return the API versions of the events that the configured secrets verified."""
    return tuple(sorted({row.api_version for row in seen} - {"", sdk_version()}))
