"""``manage.py stripe_sandbox``: a local Stripe over HTTP, for development and demos."""

import signal
import threading
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...conf import settings
from ...sandbox import Sandbox
from ...sandbox.delivery.webhooks import Delivery
from ...sandbox.sandbox import SandboxServer
from ...sandbox.wire.keys import is_live

DEFAULT_SECRET = "whsec_sandbox"  # noqa: S105


class Command(BaseCommand):
    help = "Serve a local Stripe sandbox: API, webhooks, and a stand-in for Stripe.js."
    # It needs neither the database nor a site that passes its checks.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        # Stripe's own emulators listen here too.
        parser.add_argument(
            "--port", type=int, default=12111, help="default: 12111; 0 for any free port"
        )
        parser.add_argument(
            "--allowed-host",
            action="append",
            default=[],
            metavar="NAME",
            help="another host name that the sandbox answers to; may be repeated",
        )
        parser.add_argument(
            "--webhook",
            action="append",
            default=[],
            metavar="URL",
            help="where to deliver events; may be repeated",
        )
        parser.add_argument(
            "--webhook-secret",
            default="",
            help="secret that signs deliveries; default: STRIPE_WEBHOOK_SECRET",
        )
        parser.add_argument("--state", metavar="FILE", help="keep the objects in this file")
        parser.add_argument(
            "--settle-after",
            type=float,
            metavar="SECONDS",
            help="end processing payments and pending refunds after this time; default: never",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_live_keys()
        sandbox = Sandbox(
            options["webhook_secret"] or webhook_secret(),
            state_file=options["state"],
            settle_after=options["settle_after"],
        )
        for url in options["webhook"]:
            sandbox.add_webhook(url)
        sandbox.webhooks.on_delivery = self._log_delivery
        # Events that an earlier run could not deliver are still due.
        sandbox.redeliver()
        try:
            server = sandbox.serve(
                options["port"], options["host"], allowed_hosts=options["allowed_host"]
            )
        except OSError as error:
            raise CommandError(
                f"Can't listen on {options['host']}:{options['port']}: {error}. "
                "Choose another port with --port."
            ) from error
        server.log = self._log_call
        try:
            wait_for_signal(lambda: self._introduce(server, options["webhook"]))
        finally:
            server.close()
            sandbox.close()
            self._print("The sandbox has stopped.")

    def _introduce(self, server: SandboxServer, webhooks: list[str]) -> None:
        self._print(f"The Stripe sandbox serves {server.url}/v1/ and {server.url}/js/stripe.js")
        for url in webhooks:
            self._print(f"Events go to {url}")
        self._print(
            f"Set STRIPE_API_BASE={server.url} and STRIPE_JS_URL={server.url}/js/stripe.js "
            "in your site's settings. Press Ctrl-C to stop."
        )

    def _log_call(self, method: str, path: str, status: int, seconds: float) -> None:
        if not path.startswith("/js/"):
            self._print(f"{method} {path} {status} {seconds * 1000:.0f} ms")

    def _log_delivery(self, delivery: Delivery) -> None:
        answer = delivery.status or delivery.error
        self._print(
            f"{delivery.event['type']} {delivery.event['id']} -> {delivery.endpoint.url} "
            f"{delivery.state} ({answer}), attempt {delivery.attempt}"
        )

    def _print(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def refuse_live_keys() -> None:
    for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLIC_KEY"):
        if is_live(str(getattr(settings, name, ""))):
            raise CommandError(
                f"{name} is a live key. The sandbox moves no real money and takes test keys only. "
                "Put test keys (sk_test_…, pk_test_…) in your settings."
            )


def webhook_secret() -> str:
    """Return the site's secret; the first one while several are valid."""
    secret = settings.STRIPE_WEBHOOK_SECRET
    first = secret if isinstance(secret, str) else next(iter(secret), "")
    return first or DEFAULT_SECRET


def wait_for_signal(ready: Callable[[], None]) -> None:
    """Call ``ready``, then block until Ctrl-C or SIGTERM."""
    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()

    # Signals can only be caught in the main thread; elsewhere the caller ends the process.
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, end) for number in STOPPING} if main else {}
    try:
        ready()
        stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


STOPPING = (signal.SIGINT, signal.SIGTERM)
