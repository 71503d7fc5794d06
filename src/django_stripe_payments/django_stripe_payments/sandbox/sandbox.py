"""The sandbox as its users see it: a Stripe of one's own, in memory or in one file."""

from pathlib import Path
from typing import Any

from . import authentication, settlement, state
from .app import App
from .clock import Clock
from .errors import ApiError
from .http_client import InProcessClient
from .server import Server
from .signatures import signed
from .store import Resource
from .webhooks import RETRY_DELAYS, Webhooks
from .world import World

#: The key that the helpers below use, as a browser would.
PUBLISHABLE_KEY = "pk_test_sandbox"


class Sandbox:
    """A stateful Stripe. Everything is thread-safe.

    ``state_file`` keeps the objects across restarts. ``seed`` makes the ids predictable.
    ``settle_after`` is how many seconds ``processing`` and pending refunds last; None means until
    :meth:`settle` is called.
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
        self.webhook_secret = webhook_secret
        self.world = World(clock, seed)
        self.world.settle_after = settle_after
        self.app = App(self.world)
        self.webhooks = Webhooks(retry_delays)
        self.world.journal.listener = self.webhooks.enqueue
        self.state_file = state.StateFile(Path(state_file), self.app) if state_file else None
        if self.state_file:
            self.state_file.load()
            self.world.saved = self.state_file.save
        self.faults = self.app.faults

    def http_client(self) -> InProcessClient:
        """Return a client for ``stripe.StripeClient(http_client=…)``; no network is used."""
        return InProcessClient(self.app)

    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Server:
        """Serve over HTTP from a background thread; port 0 takes a free one."""
        return Server(self, host, port)

    def add_webhook(self, url: str, secret: str | None = None) -> None:
        """Deliver every event from now on to ``url``."""
        self.webhooks.add_endpoint(url, secret or self.webhook_secret)
        self.world.journal.endpoints = len(self.webhooks.endpoints)

    def events(self, type: str | None = None) -> list[Resource]:  # noqa: A002 - Stripe's word
        """Return the events so far, oldest first."""
        with self.world.lock:
            newest_first = list(self.world.store.all("event"))
        return [event for event in reversed(newest_first) if type in (None, event["type"])]

    def signed(self, event: Resource) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of one delivery of ``event``, as Stripe would post it."""
        return signed(event, self.webhook_secret)

    def confirm(self, intent_id: str, card: str = "4242424242424242", **params: str) -> Resource:
        """Pay as the customer's browser does, by card number or ``pm_card_…`` token.

        Returns the intent after the attempt, declined or not. ``params`` go along with it.
        """
        intent = self.object(intent_id)
        form = {"client_secret": intent["client_secret"], "key": PUBLISHABLE_KEY, **params}
        if card[:1].isdigit():
            form |= card_form(card)
        else:
            form["payment_method"] = card
        self._post(f"/v1/{intent['object']}s/{intent_id}/confirm", form)
        return self.object(intent_id)

    def _post(self, path: str, form: dict[str, str]) -> None:
        from urllib.parse import urlencode

        response = self.app.handle("POST", path, {}, urlencode(form).encode())
        if response.status not in (200, 402):
            error = response.json()["error"]
            raise ApiError(response.status, error["message"], code=error.get("code"))

    def authenticate(self, intent_id: str, succeed: bool = True) -> Resource:
        """Complete or fail the bank's 3-D Secure dialog; returns the intent."""
        with self.world.acting():
            authentication.authenticate(self.world, self._find(intent_id), succeed=succeed)
        return self.object(intent_id)

    def settle(self, intent_id: str, succeed: bool = True) -> Resource:
        """End ``processing``; returns the intent."""
        with self.world.acting():
            settlement.settle(self.world, self._find(intent_id), succeed=succeed)
        return self.object(intent_id)

    def object(self, identifier: str) -> Resource:
        """Return a copy of any object, by its id."""
        import copy

        with self.world.lock:
            return copy.deepcopy(self._find(identifier))

    def _find(self, identifier: str) -> Resource:
        for table in self.world.store.tables.values():
            if identifier in table:
                return table[identifier]
        raise LookupError(f"The sandbox has no object {identifier!r}.")

    def advance(self, seconds: float) -> None:
        """Move the clock, and do what has become due."""
        self.world.clock.advance(seconds)
        self.run_due()

    def run_due(self) -> None:
        """Do what is due by now: settle payments, finish refunds."""
        with self.world.acting():
            for action, identifier in self.world.timetable.take(self.world.clock()):
                ACTIONS[action](self.world, identifier)

    def reset(self) -> None:
        """Forget everything."""
        with self.world.lock:
            self.world.store.clear()
            self.world.timetable.clear()
            self.app.idempotency.clear()
            self.faults.clear()
            self.webhooks.clear()

    def close(self) -> None:
        """Stop delivering webhooks."""
        self.faults.clear()
        self.webhooks.close()


def card_form(number: str) -> dict[str, str]:
    """What a card form sends for ``number``."""
    field = "payment_method_data"
    return {
        f"{field}[type]": "card",
        f"{field}[card][number]": number,
        f"{field}[card][exp_month]": "12",
        f"{field}[card][exp_year]": "34",
        f"{field}[card][cvc]": "1234" if number.startswith("3") else "123",
    }


#: What the timetable can do: name -> what does it to an id.
ACTIONS: dict[str, Any] = {"settle": settlement.settle_by_itself}
