"""Find out what is wrong with a site's payments, and give advice on each problem.

Nothing is changed, neither here nor at Stripe, and no secret is shown.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from .. import clock
from ..checks.limits import PROCESS_LOCAL_CACHES
from ..conf import settings
from ..exceptions import ConfigurationError, StripePaymentsError, StripeUnavailable
from ..maintenance import health
from ..stripe_api import local_sandbox
from ..stripe_api.client import get_client, translated_errors
from ..webhooks import endpoints, secrets
from . import customers, examinations, facts, keys, site, unclaimed

APP = "django_stripe_payments"

#: Seconds by which the clocks may differ before signatures are at risk.
SKEW = 60

#: After so long without an event, a site should check whether it still gets any.
SILENCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``advice`` is empty if there is no problem."""

    about: str
    text: str
    advice: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.advice


def examine(url: str = "") -> Iterator[Finding]:
    """Yield the findings, in the order in which problems should be fixed.

    Args:
        url: the endpoint's public address, if STRIPE_WEBHOOK_URL is not set.
    """
    yield from _settings()
    yield from _keys()
    yield from (Finding(*found) for found in site.findings())
    tables, stripe = list(_tables()), list(_stripe(url))
    yield from (*tables, *stripe)
    if not tables[0].is_ok:
        return
    if stripe[0].is_ok:
        yield from (Finding(*found) for found in customers.findings())
    yield from _webhook_secrets()
    yield from _work()
    yield from (Finding(*found) for found in facts.findings())
    yield from (Finding(*found) for found in unclaimed.findings())
    yield from (Finding(*found) for found in examinations.findings())


def _settings() -> Iterator[Finding]:
    messages = [
        message
        for message in checks.run_checks(include_deployment_checks=not settings.DEBUG)
        if (message.id or "").startswith(APP) and not message.is_silenced()
    ]
    for message in messages:
        yield Finding("settings", f"{message.msg} ({message.id})", message.hint or "Fix it.")
    if not messages:
        yield Finding("settings", "The system checks find no problem.")


def _keys() -> Iterator[Finding]:
    problems = list(keys.problems())
    for text, advice in problems:
        yield Finding("keys", text, advice)
    accounts = keys.accounts()
    if len(set(accounts)) > 1:
        yield Finding(
            "keys",
            "STRIPE_SECRET_KEY and STRIPE_PUBLIC_KEY belong to different accounts.",
            "Copy both from the same page of one account: otherwise browsers cannot confirm the "
            "payments that the server creates.",
        )
    elif not problems:
        # The system checks report two modes, and not every key contains its account.
        whose = ", and belong to one account" if len(accounts) > 1 else ""
        yield Finding("keys", f"Both keys look valid{whose}.")


def _tables() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] == APP]
        missing = executor.migration_plan(targets)
    except DatabaseError as error:
        yield Finding("database", f"The database does not answer: {error}", "Start the database.")
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
        text = f"{where}: {' '.join(str(error).split())}"
        if str(error).startswith(local_sandbox.START):
            # The advice below says the rest.
            text = f"{where} does not answer."
        yield Finding("stripe", text, _advice(error))
        return
    milliseconds = (time.monotonic() - started) * 1000
    yield Finding("stripe", f"{where} answers in {milliseconds:.0f} ms, and accepts the key.")
    yield from _clock(answer.headers if answer is not None else {})
    yield from _endpoint(url)


def _advice(error: StripePaymentsError) -> str:
    if isinstance(error, StripeUnavailable):
        return _advice_on_silence(error)
    if isinstance(error, ConfigurationError):
        return "Copy STRIPE_SECRET_KEY again: a key that was rolled or has expired is refused."
    return "Give the restricted key the permission to read webhook endpoints."


def _advice_on_silence(error: StripeUnavailable) -> str:
    if str(error).startswith(local_sandbox.START):
        return f"{local_sandbox.START} on the port of STRIPE_API_BASE, and keep it running."
    if settings.STRIPE_API_BASE:
        return "Check that a sandbox runs at STRIPE_API_BASE, and that this machine reaches it."
    return (
        "Check that this machine reaches api.stripe.com on port 443, through its firewall and "
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
        "Synchronize it with a time server (NTP): signatures older than "
        "STRIPE_WEBHOOK_TOLERANCE are refused.",
    )


def _endpoint(url: str) -> Iterator[Finding]:
    if not url and not settings.STRIPE_WEBHOOK_URL:
        if settings.STRIPE_API_BASE:
            yield Finding("endpoint", "The sandbox delivers to its own --webhook address.")
        else:
            advice = "Set STRIPE_WEBHOOK_URL to the site's public address, or pass --url."
            yield Finding("endpoint", "The public address of the site is unknown.", advice)
        return
    try:
        address = endpoints.endpoint_url(url)
    except ConfigurationError as error:
        yield Finding("endpoint", "Stripe has no address to deliver to.", str(error))
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
            advice = "Run manage.py stripe_webhook_endpoint; it reports when --rotate is needed."
            yield Finding("endpoint", f"{endpoint.id}: {problem}.", advice)
        if not problems:
            yield Finding("endpoint", f"{endpoint.id} delivers every handled event to {address}.")


def _webhook_secrets() -> Iterator[Finding]:
    used = secrets.uses()
    is_sandbox = settings.STRIPE_API_BASE and secrets.SANDBOX_SECRET in secrets.webhook_secrets()
    for use in used:
        if use.last_seen_at is None:
            text, age = f"Secret {use.fingerprint} has not verified an event yet.", None
        else:
            age = clock.now() - use.last_seen_at
            text = f"Secret {use.fingerprint} last verified an event {use.last_seen_at:%c}."
        if (age is not None and age < SILENCE) or is_sandbox:
            advice = ""
        elif len(used) > 1:
            advice = "If it is the old secret of a rotation, remove it from STRIPE_WEBHOOK_SECRET."
        elif local_sandbox.is_used():
            advice = "Make a payment: manage.py stripe_sandbox --webhook … prints each delivery."
        else:
            advice = (
                "Pay in test mode, or resend an event in the dashboard. If Stripe shows response "
                "400, the secret belongs to another endpoint; if it shows no response, the address "
                "does not reach this site."
            )
        yield Finding("webhook", text, advice)
    cache = settings.CACHES.get(settings.STRIPE_RATE_LIMIT_CACHE, {})
    if cache.get("BACKEND") in PROCESS_LOCAL_CACHES:
        text = "Refused deliveries are not visible from here, because the cache is not shared."
        yield Finding("webhook", text)


def _refused(count: int) -> str:
    what = "1 delivery was" if count == 1 else f"{count} deliveries were"
    return f"{what} refused in the last hour because of the signature."


def _work() -> Iterator[Finding]:
    state = health.status()
    for problem in state.problems:
        if problem == str(health.REFUSED):
            yield Finding("webhook", _refused(state.refused_webhooks), keys.secret_advice())
            continue
        text, _, advice = problem.partition(": ")
        advice = advice or "see the admin."
        yield Finding("work", f"{text}.", advice[0].upper() + advice[1:])
    if state.is_healthy:
        open_rows = state.unfinished_events + state.unannounced_facts + state.unknown_operations
        yield Finding("work", f"Nothing is late; {open_rows} rows are in progress.")
