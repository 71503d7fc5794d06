"""The conditions for notifications to arrive, examined one by one. Each problem has a remedy."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core import checks
from django.db import DatabaseError, connections, models, router
from django.db.migrations.executor import MigrationExecutor
from django.template import TemplateSyntaxError
from django.urls import NoReverseMatch, reverse

from .. import clock, types
from ..channels import outside_channels
from ..channels.base import Outgoing
from ..channels.email import EmailChannel, open_connection, quietly_close
from ..channels.mail import render_mail
from ..conf import settings
from ..content.links import absolute_link
from ..content.params import copy_params
from ..content.rendering import text_of, title_of
from ..content.text import error_text
from ..maintenance import metrics
from ..models import ChannelState, Digest, Message, PendingRecipients, Status
from .finding import Finding

# A sweep runs every minute or so. Work that is overdue by this much means that none does.
LATE = timedelta(minutes=15)


def examine(*, offline: bool = False) -> Iterator[Finding]:
    """Findings in the order of dependence. A probe that raises is a finding too."""
    tables = database()
    yield from tables or [Finding("database")]
    for probe in PROBES:
        if (offline and probe is mail_server) or (tables and probe in ON_TABLES):
            continue
        name = probe.__name__.replace("_", " ")
        try:
            yield from probe() or [Finding(name)]
        except Exception as error:
            if tables and isinstance(error, DatabaseError):
                continue  # a table of another app, such as django.contrib.sites
            yield Finding(name, error_text(error), "Fix this error first.")


def health() -> dict[str, Any]:
    """Counts for a monitoring system. Ages are in seconds, and 0 if nothing is due."""
    recipients = _due(PendingRecipients.objects.all())
    digests = _due(Digest.objects.filter(status=Status.PENDING))
    paused = _paused().values_list("channel", flat=True)
    numbers = metrics.totals()
    ages = [_age(recipients), _age(digests), numbers["oldest_due_seconds"]]
    failed = Digest.objects.filter(status=Status.FAILED).count()
    return {
        **numbers,
        "failed": numbers["failed"] + failed,
        "oldest_due_seconds": max(ages),
        "due_recipients": recipients.count(),
        "due_digests": digests.count(),
        "paused_channels": sorted(paused),
    }


def database() -> list[Finding]:
    """One finding if tables are missing, instead of one for each probe that reads them."""
    try:
        executor = MigrationExecutor(connections[router.db_for_read(Message)])
        leaves = executor.loader.graph.leaf_nodes(Message._meta.app_label)
        missing = executor.migration_plan(leaves)
    except DatabaseError as error:
        return [Finding("database", f"The database does not respond: {error}", "Start it.")]
    if not missing:
        return []
    return [Finding("database", "Tables are missing or out of date.", "Run manage.py migrate.")]


def configuration() -> list[Finding]:
    try:
        found = checks.run_checks(databases=[router.db_for_write(Message)])
    except DatabaseError:  # database() reports it
        found = checks.run_checks()
    own = [each for each in found if str(each.id).startswith("django_inapp_notifications.")]
    return [
        Finding("configuration", f"{each.id}: {each.msg}", str(each.hint or "")) for each in own
    ]


def addresses() -> list[Finding]:
    try:
        reverse("django_inapp_notifications:list")
    except NoReverseMatch:
        remedy = 'Add path("notifications/", include("django_inapp_notifications.urls")).'
        return [Finding("addresses", "The app's URLs are not in your URLconf.", remedy)]
    if absolute_link("/"):
        return []
    remedy = 'Set NOTIFICATION_BASE_URL = "https://example.com".'
    outside = outside_channels()
    linking = {name for kind in types.all_types() for name in kind.channels if name in outside}
    if not linking:
        # A recipient may still choose such a channel. Its messages have no links then.
        note = "NOTIFICATION_BASE_URL is not set; no type uses mail or push by default."
        return [Finding("addresses", note=note)]
    problem = f"Messages sent by {', '.join(sorted(linking))} have no links to this site."
    return [Finding("addresses", problem, remedy)]


def time_zones() -> list[Finding]:
    try:
        local = datetime(2026, 7, 1, tzinfo=ZoneInfo("America/New_York"))
        known = local.utcoffset() == timedelta(hours=-4)
    except LookupError:
        known = False
    if known:
        return []
    remedy = "Run pip install tzdata, or install your system's tzdata package."
    return [Finding("time zones", "This machine has no time zone data.", remedy)]


def templates() -> list[Finding]:
    """Every type's templates, rendered with its sample."""
    problems = []
    for kind in types.all_types():
        message = Message(type=kind.slug, title=str(kind))
        try:
            message.params = copy_params(kind.sample)
            outgoing = Outgoing(None, title_of(message), text_of(message), "", "doctor", [message])
            render_mail(outgoing, unsubscribe="")
        except (TemplateSyntaxError, LookupError, TypeError, ValueError, AttributeError) as error:
            remedy = f"Fix templates/notifications/{kind.slug}/ or the type's sample."
            problems.append(Finding(f"templates of {kind.slug}", str(error), remedy))
    return problems


def mail_server() -> list[Finding]:
    if not any(isinstance(each, EmailChannel) for each in outside_channels().values()):
        return []
    connection = open_connection()
    try:
        connection.open()
    except Exception as error:
        return [Finding("mail server", str(error), "Check the mail settings and the server.")]
    finally:
        quietly_close(connection)
    return []


def channel_states() -> list[Finding]:
    return [
        Finding(f"channel {each.channel}", f"paused until {each.open_until}", each.error[:200])
        for each in _paused()
    ]


def sweeps() -> list[Finding]:
    """Overdue work means that no sweep runs, or that none finishes."""
    late = health()["oldest_due_seconds"]
    if late <= LATE.total_seconds():
        return []
    remedy = "Run manage.py notifications_deliver every minute, by cron or with --forever."
    return [Finding("sweeps", f"Work is overdue by {late} seconds.", remedy)]


def dead_letters() -> list[Finding]:
    failed = health()["failed"]
    if not failed:
        return []
    remedy = "Check Deliveries and Digests in the admin, and resend them there."
    return [Finding("dead letters", f"{failed} deliveries or digests failed for good.", remedy)]


def retention() -> list[Finding]:
    """Whether notifications are pruned: none is much older than the settings allow."""
    days = settings.NOTIFICATION_EXPIRY_DAYS
    if days is None:
        return []
    age = clock.now() - timedelta(days=days + 7)
    orphans = Message.objects.filter(created_at__lt=age, notifications=None, send_at=None)
    if not orphans.exists():
        return []
    return [
        Finding(
            "retention", "Old notifications were not removed.", "Run notifications_prune daily."
        )
    ]


def _due(rows: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
    return rows.filter(not_before__lte=clock.database_now(rows.db))


def _age(due: "models.QuerySet[Any]") -> int:
    return metrics.seconds_since(due.aggregate(oldest=models.Min("not_before"))["oldest"])


def _paused() -> "models.QuerySet[ChannelState]":
    states = ChannelState.objects.all()
    return states.filter(open_until__gt=clock.database_now(states.db))


#: What reads the app's own tables.
ON_TABLES = [channel_states, sweeps, dead_letters, retention]

PROBES: list[Callable[[], list[Finding]]] = [
    configuration,
    addresses,
    time_zones,
    templates,
    mail_server,
    channel_states,
    sweeps,
    dead_letters,
    retention,
]
