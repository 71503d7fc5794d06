"""The sandbox as its users see it: a local Stripe, in memory or in one file."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from .bank.cards import card_form
from .control import entrance
from .control.commands import Commands
from .delivery import endpoints
from .delivery.signatures import signed
from .delivery.webhooks import RETRY_DELAYS, Webhooks
from .http.app import App
from .http.http_client import InProcessClient
from .http.server import Server
from .http.state import StateFile
from .wire.errors import ApiError
from .wire.resource import Resource
from .world.clock import Clock
from .world.world import World

#: The key that the helpers below use, as a browser would.
PUBLISHABLE_KEY = "pk_test_sandbox"


class Sandbox(Commands):
    """A stateful Stripe. Everything is thread-safe.

    ``state_file`` keeps the objects across restarts. ``seed`` makes the ids predictable.
    ``settle_after`` is how many seconds ``processing`` and pending refunds last; None means until
    :meth:`settle` or :meth:`finish_refund` is called.

    The commands raise :class:`~.wire.errors.ApiError` if the state of the object forbids them, and
    LookupError for an unknown id.
    """

    def __init__(
        self,
        webhook_secret: str = "whsec_sandbox",  # noqa: S107
        *,
        state_file: Path | str | None = None,
        clock: Clock | None = None,
        seed: int | None = None,
        settle_after: float | None = None,
        retry_delays: tuple[float, ...] = RETRY_DELAYS,
    ) -> None:
        super().__init__(App(World(clock, seed)), Webhooks(retry_delays))
        self.webhook_secret = webhook_secret
        self.world.settle_after = settle_after
        self.world.journal.listener = self.webhooks.enqueue
        self.world.journal.audience = self._audience
        self.webhooks.registered = lambda: endpoints.enabled(self.world)
        if state_file:
            file = StateFile(Path(state_file), self.app)
            file.load()
            self.app.save = file.save
            self.webhooks.before = file.keep

    def http_client(self) -> InProcessClient:
        """Return a client for ``stripe.StripeClient(http_client=…)``; no network is used."""
        return InProcessClient(self.app)

    def serve(
        self, port: int = 0, host: str = "127.0.0.1", *, allowed_hosts: Iterable[str] = ()
    ) -> "SandboxServer":
        """Serve over HTTP from a background thread; port 0 takes a free one.

        ``allowed_hosts`` are host names that requests may address the server by, besides ``host``
        and the names of this machine.
        """
        return SandboxServer(self, host, port, allowed_hosts)

    def add_webhook(self, url: str, secret: str | None = None) -> None:
        """Deliver every event from now on to ``url``."""
        self.webhooks.add_endpoint(url, secret or self.webhook_secret)

    def _audience(self, event_type: str) -> int:
        has_endpoints = self.webhooks.endpoints or endpoints.enabled(self.world)
        # Without any, the site is tested in the same process and fetches its events itself.
        return len(self.webhooks.audience(event_type)) if has_endpoints else 1

    def signed(self, event: Resource) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of one delivery of ``event``, as Stripe would post it."""
        return signed(event, self.webhook_secret)

    def confirm(self, intent_id: str, card: str = "4242424242424242", **params: str) -> Resource:
        """Pay, or save a card, as the customer's browser does.

        ``card`` is a number or a ``pm_…`` id or token; ``params`` are sent with it. Returns the
        intent after the attempt, declined or not.
        """
        intent = self.object(intent_id)
        form = {"client_secret": intent["client_secret"], "key": PUBLISHABLE_KEY, **params}
        form |= card_form(card) if card[:1].isdigit() else {"payment_method": card}
        path = f"/v1/{intent['object']}s/{intent_id}/confirm"
        response = self.app.handle("POST", path, {}, urlencode(form).encode())
        if response.status not in (200, 402):
            error = response.json()["error"]
            raise ApiError(response.status, error["message"], code=error.get("code"))
        return self.object(intent_id)

    def close(self) -> None:
        """Stop delivering webhooks."""
        self.faults.clear()
        self.webhooks.close()


class SandboxServer(Server):
    """A running server of a sandbox; also a context manager. ``url`` is its address."""

    def __init__(
        self, sandbox: Sandbox, host: str, port: int, allowed_hosts: Iterable[str] = ()
    ) -> None:
        self.sandbox = sandbox
        answer = partial(entrance.answer, sandbox, frozenset(allowed_hosts))
        super().__init__(answer, sandbox.run_due, host, port)
        sandbox.world.base_url = self.url
        self.start()

    def close(self) -> None:
        """Stop serving. The sandbox and its objects stay."""
        self.sandbox.faults.clear()
        super().close()
