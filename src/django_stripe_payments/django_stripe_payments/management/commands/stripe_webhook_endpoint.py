"""Create, update, list, replace and remove the webhook endpoint at Stripe."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ... import audit
from ...exceptions import EndpointOutdated, StripePaymentsError
from ...webhooks import endpoints, secrets
from ...webhooks.endpoints import Outcome


class Command(BaseCommand):
    help = (
        "Create or update the webhook endpoint at Stripe, with the API version of the installed "
        "SDK and exactly the event types that have handlers. Running it again changes nothing. The "
        "secret of a new endpoint is printed once, to stdout, and is not stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "url",
            nargs="?",
            default="",
            help="https://example.com, with or without the path; default: STRIPE_WEBHOOK_URL.",
        )
        modes = parser.add_mutually_exclusive_group()
        modes.add_argument(
            "--list",
            action="store_true",
            help="Show every endpoint of the account, and when each of this site's secrets last "
            "verified an event.",
        )
        modes.add_argument(
            "--rotate",
            action="store_true",
            help="Create another endpoint alongside the existing one, for a new secret or for the "
            "API version of a new SDK.",
        )
        modes.add_argument("--remove", metavar="ID", help="Delete an endpoint at Stripe.")

    def handle(self, *args: Any, **options: Any) -> None:
        with audit.acting(audit.Actor(source="command stripe_webhook_endpoint")):
            try:
                self._act(options)
            except EndpointOutdated as error:
                raise CommandError(f"{error} Run this with --rotate.") from error
            except StripePaymentsError as error:
                raise CommandError(str(error)) from error

    def _act(self, options: dict[str, Any]) -> None:
        if options["list"]:
            self._list()
        elif options["remove"]:
            endpoints.remove(options["remove"])
            self.stdout.write(f"{options['remove']} was deleted.")
        elif options["rotate"]:
            url = endpoints.endpoint_url(options["url"])
            before = [endpoint.id for endpoint in endpoints.endpoints_at(url)]
            self._print(endpoints.create(url))
            self._print_next_steps(before)
        else:
            self._print(endpoints.ensure(endpoints.endpoint_url(options["url"])))

    def _print(self, outcome: Outcome) -> None:
        endpoint = outcome.endpoint
        count = len(endpoint.enabled_events)
        self.stdout.write(
            f"{endpoint.id} {outcome.done}: {endpoint.url} gets {count} event types in API version "
            f"{endpoint.api_version}."
        )
        if outcome.secret:
            self.stdout.write(f"STRIPE_WEBHOOK_SECRET={outcome.secret}")
            self.stdout.write("It is not shown again: add it to the site's settings.")

    def _print_next_steps(self, before: list[str]) -> None:
        if before:
            self.stdout.write(
                "Set STRIPE_WEBHOOK_SECRET to a list of both secrets, and deploy. When --list "
                "shows that the new one was seen, run --remove "
                f"{' and --remove '.join(before)}, and remove the old secret from the list."
            )

    def _list(self) -> None:
        for endpoint in endpoints.all_endpoints():
            self.stdout.write(f"{endpoint.id} {endpoint.url}")
            for problem in endpoint.problems():
                self.stdout.write(f"  {problem}")
        for use in secrets.uses():
            seen = "never" if use.last_seen_at is None else f"{use.last_seen_at:%Y-%m-%d %H:%M %Z}"
            version = f", API version {use.api_version}" if use.api_version else ""
            self.stdout.write(f"secret {use.fingerprint}: last seen {seen}{version}")
