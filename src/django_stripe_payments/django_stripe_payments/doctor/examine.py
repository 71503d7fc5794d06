"""Find out what is wrong with a site's payments, and say what to do about each thing.

Nothing is changed, neither here nor at Stripe, and no secret is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from .. import clock
from ..checks.limits import PROCESS_LOCAL_CACHES
from ..checks.settings import SANDBOX_SECRET
from ..conf import settings
from ..exceptions import ConfigurationError, StripePaymentsError, StripeUnavailable
from ..maintenance import health
from ..stripe_api import local_sandbox
from ..stripe_api.client import get_client, translated_errors
from ..webhooks import endpoints, secrets
from . import customers as doctor_customers
from . import keys as doctor_keys
from . import site as doctor_wiring

APP = "django_stripe_payments"

#: Seconds by which clocks may differ before signatures are at risk.
SKEW = 60

#: A site that got no event for so long should look whether it still gets any.
SILENCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``advice`` is empty where all is well."""

    about: str
    text: str
    advice: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.advice


Examination = Callable[[], Iterator[Finding]]


def examine(url: str = "") -> Iterator[Finding]:
    """Yield what was looked at, in the order in which it should be mended.

    Args:
        url: the endpoint's public address, where STRIPE_WEBHOOK_URL is not set.
    """
    yield from _settings()
    yield from _keys()
    yield from (Finding(*found) for found in doctor_wiring.findings())
    tables, stripe = list(_tables()), list(_stripe(url))
    yield from (*tables, *stripe)
    if not tables[0].is_ok:
        return
    if stripe[0].is_ok:
        yield from (Finding(*found) for found in doctor_customers.findings())
    yield from _webhook_secrets()
    yield from _work()


def _settings() -> Iterator[Finding]:
    found = [
        message
        for message in checks.run_checks(include_deployment_checks=not settings.DEBUG)
        if (message.id or "").startswith(APP) and not message.is_silenced()
    ]
    for message in found:
        yield Finding("settings", f"{message.msg} ({message.id})", message.hint or "Mend it.")
    if not found:
        yield Finding("settings", "The system checks find nothing.")


def _keys() -> Iterator[Finding]:
    odd = list(doctor_keys.problems())
    for text, advice in odd:
        yield Finding("keys", text, advice)
    accounts = doctor_keys.accounts()
    if len(set(accounts)) > 1:
        yield Finding(
            "keys",
            "STRIPE_SECRET_KEY and STRIPE_PUBLIC_KEY are of different accounts.",
            "Take both from the same page of the same account: the browser could confirm no "
            "payment that the server made.",
        )
    elif not odd:
        # Of two modes the system checks tell; and not every key names its account.
        whose = " of one account" if len(accounts) > 1 else ""
        yield Finding("keys", f"Both keys look like keys{whose}.")


def _tables() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        wanted = [node for node in executor.loader.graph.leaf_nodes() if node[0] == APP]
        missing = executor.migration_plan(wanted)
    except DatabaseError as error:
        yield Finding("database", f"The database does not answer: {error}", "Start it.")
        return
    if missing:
        text = "Tables are missing or out of date."
        yield Finding("database", text, "Run manage.py migrate.")
    else:
        yield Finding("database", "Every migration is applied.")


def _stripe(url: str) -> Iterator[Finding]:
    where = settings.STRIPE_API_BASE or "Stripe"
    started = time.monotonic()
    try:
        with translated_errors():
            answer: Any = get_client().v1.webhook_endpoints.list({"limit": 1}).last_response
    except StripePaymentsError as error:
        # The SDK's errors have several lines.
        told = f"{where}: {' '.join(str(error).split())}"
        if str(error).startswith(local_sandbox.START):
            # What to do stands below.
            told = f"{where} does not answer."
        yield Finding("stripe", told, _advice(error))
        return
    milliseconds = (time.monotonic() - started) * 1000
    yield Finding("stripe", f"{where} answers in {milliseconds:.0f} ms, and takes the key.")
    yield from _clock(answer.headers if answer is not None else {})
    yield from _endpoint(url)


def _advice(error: StripePaymentsError) -> str:
    if isinstance(error, StripeUnavailable):
        return _advice_on_silence(error)
    if isinstance(error, ConfigurationError):
        return "Copy STRIPE_SECRET_KEY anew; one that was rolled or has expired is refused."
    return "A restricted key needs the permission to read webhook endpoints."


def _advice_on_silence(error: StripeUnavailable) -> str:
    if str(error).startswith(local_sandbox.START):
        return f"{local_sandbox.START}, at the port that STRIPE_API_BASE names, and let it run."
    if settings.STRIPE_API_BASE:
        return "Look whether a sandbox runs at STRIPE_API_BASE and this machine reaches it."
    return (
        "Look whether this machine reaches api.stripe.com on port 443, by its firewall and its "
        "proxy."
    )


def _clock(headers: Any) -> Iterator[Finding]:
    date = {name.lower(): value for name, value in headers.items()}.get("date")
    if not date:
        return
    skew = time.time() - parsedate_to_datetime(date).timestamp()
    if abs(skew) <= SKEW:
        yield Finding("clock", f"This machine's clock is {abs(skew):.0f} s from Stripe's.")
        return
    direction = "ahead of" if skew > 0 else "behind"
    yield Finding(
        "clock",
        f"This machine's clock is {abs(skew):.0f} s {direction} Stripe's.",
        "Let it follow a time server (NTP): signatures older than STRIPE_WEBHOOK_TOLERANCE are "
        "refused.",
    )


def _endpoint(url: str) -> Iterator[Finding]:
    if not url and not settings.STRIPE_WEBHOOK_URL:
        if settings.STRIPE_API_BASE:
            yield Finding("endpoint", "The sandbox delivers where stripe_sandbox --webhook says.")
        else:
            advice = "Set STRIPE_WEBHOOK_URL to the site's public address, or give --url."
            yield Finding("endpoint", "The public address of the site is not known.", advice)
        return
    try:
        address = endpoints.endpoint_url(url)
    except ConfigurationError as error:
        yield Finding("endpoint", "There is no address that Stripe could deliver to.", str(error))
        return
    try:
        known = endpoints.endpoints_at(address)
    except StripePaymentsError as error:
        yield Finding("endpoint", str(error), _advice(error))
        return
    if not known:
        advice = "Run manage.py stripe_webhook_endpoint, and set the secret that it prints."
        yield Finding("endpoint", f"No endpoint at Stripe delivers to {address}.", advice)
    for endpoint in known:
        problems = endpoint.problems()
        for problem in problems:
            advice = "Run manage.py stripe_webhook_endpoint; it says when --rotate is needed."
            yield Finding("endpoint", f"{endpoint.id}: {problem}.", advice)
        if not problems:
            yield Finding("endpoint", f"{endpoint.id} delivers what is handled to {address}.")


def _webhook_secrets() -> Iterator[Finding]:
    used = secrets.uses()
    known = settings.STRIPE_API_BASE and SANDBOX_SECRET in secrets.webhook_secrets()
    for use in used:
        if use.last_seen_at is None:
            text, age = f"No event was verified with secret {use.fingerprint} yet.", None
        else:
            age = clock.now() - use.last_seen_at
            text = f"Secret {use.fingerprint} last verified an event {use.last_seen_at:%c}."
        if (age is not None and age < SILENCE) or known:
            advice = ""
        elif len(used) > 1:
            advice = "If it is the old one of a rotation, take it out of STRIPE_WEBHOOK_SECRET."
        elif local_sandbox.is_used():
            advice = "Pay once: manage.py stripe_sandbox --webhook … prints what became of it."
        else:
            advice = (
                "Pay in test mode, or resend an event in the dashboard. If Stripe shows a 400 as "
                "the answer, the secret is not this endpoint's; if it shows no answer, the address "
                "does not reach this site."
            )
        yield Finding("webhook", text, advice)
    cache = settings.CACHES.get(settings.STRIPE_RATE_LIMIT_CACHE, {})
    if cache.get("BACKEND") in PROCESS_LOCAL_CACHES:
        text = "Whether the site refuses deliveries is not seen from here: its cache is not shared."
        yield Finding("webhook", text)


def _refused(count: int) -> str:
    what = "1 delivery was" if count == 1 else f"{count} deliveries were"
    return f"{what} refused for their signature in the last hour."


def _work() -> Iterator[Finding]:
    found = health.status()
    for problem in found.problems:
        if problem == str(health.REFUSED):
            yield Finding("webhook", _refused(found.refused_webhooks), doctor_keys.secret_advice())
            continue
        text, _, advice = problem.partition(": ")
        advice = advice or "see the admin."
        yield Finding("work", f"{text}.", advice[0].upper() + advice[1:])
    if found.is_healthy:
        open_rows = found.unfinished_events + found.unannounced_facts + found.unknown_operations
        yield Finding("work", f"Nothing is late; {open_rows} rows are being worked on.")
