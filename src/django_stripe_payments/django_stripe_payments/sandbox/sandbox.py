"""The sandbox as its users see it: a Stripe of one's own, in memory or in one file."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from .bank.cards import card_form
from .delivery import endpoints
from .delivery.signatures import signed
from .delivery.webhooks import RETRY_DELAYS, Webhooks
from .http.app import App
from .http.http_client import InProcessClient
from .http.server import Server
from .http.state import StateFile
from .lifecycle import authentication, disputing, paying_out, refunding, settlement
from .lifecycle import due as actions
from .wire.errors import ApiError
from .wire.resource import Resource
from .world import thin
from .world.clock import Clock
from .world.world import World

#: The key that the helpers below use, as a browser would.
PUBLISHABLE_KEY = "pk_test_sandbox"


class Sandbox:
    """A stateful Stripe. Everything is thread-safe.

    ``state_file`` keeps the objects across restarts. ``seed`` makes the ids predictable.
    ``settle_after`` is how many seconds ``processing`` and pending refunds last; None means until
    :meth:`settle` or :meth:`finish_refund` is called.

    The commands below raise :class:`~.errors.ApiError` where the state of the object forbids
    them, and LookupError for an id that nothing has.
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
        self.faults = self.app.faults
        self.webhooks = Webhooks(retry_delays)
        self.world.journal.listener = self.webhooks.enqueue
        self.world.journal.audience = self._audience
        self.webhooks.registered = lambda: endpoints.enabled(self.world)
        if state_file:
            file = StateFile(Path(state_file), self.app)
            file.load()
            self.app.save = file.save

    def http_client(self) -> InProcessClient:
        """Return a client for ``stripe.StripeClient(http_client=…)``; no network is used."""
        return InProcessClient(self.app)

    def serve(self, port: int = 0, host: str = "127.0.0.1") -> Server:
        """Serve over HTTP from a background thread; port 0 takes a free one."""
        return Server(self, host, port)

    def add_webhook(self, url: str, secret: str | None = None) -> None:
        """Deliver every event from now on to ``url``."""
        self.webhooks.add_endpoint(url, secret or self.webhook_secret)

    def _audience(self, event_type: str) -> int:
        has_endpoints = self.webhooks.endpoints or endpoints.enabled(self.world)
        # Without any, the site is tested in the same process and fetches its events itself.
        return len(self.webhooks.audience(event_type)) if has_endpoints else 1

    def redeliver(self, event_id: str | None = None) -> int:
        """Deliver one event again, or every one that has not arrived; returns how many."""
        wanted = [
            event
            for event in self.events()
            if (event["pending_webhooks"] if event_id is None else event["id"] == event_id)
        ]
        for event in wanted:
            self.webhooks.enqueue(event)
        return len(wanted)

    def send_thin(self, event_id: str) -> Resource:
        """Deliver the thin event of the same change as a snapshot event; returns what is sent."""
        notification = self.thin(event_id)
        self.webhooks.enqueue(notification)
        return notification

    def thin(self, event_id: str) -> Resource:
        """Return the notification of the same change as a snapshot event; it can be fetched."""
        with self.world.lock:
            event = thin.make(self.world, self.world.store.find("event", event_id))
        self.app.save()
        return thin.notification(event)

    def events(self, type: str | None = None) -> list[Resource]:  # noqa: A002 - Stripe's word
        """Return the events so far, oldest first."""
        with self.world.lock:
            newest_first = list(self.world.store.all("event"))
        return [event for event in reversed(newest_first) if type in (None, event["type"])]

    def signed(self, event: Resource) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of one delivery of ``event``, as Stripe would post it."""
        return signed(event, self.webhook_secret)

    def object(self, identifier: str) -> Resource:
        """Return a copy of any object, by its id."""
        with self.world.lock:
            return copy.deepcopy(self._find(identifier))

    def _find(self, identifier: str) -> Resource:
        for table in self.world.store.tables.values():
            if identifier in table:
                return table[identifier]
        raise LookupError(f"The sandbox has no object {identifier!r}.")

    # What the customer does

    def confirm(self, intent_id: str, card: str = "4242424242424242", **params: str) -> Resource:
        """Pay, or save a card, as the customer's browser does.

        ``card`` is a number or a ``pm_…`` id or token; ``params`` go along with it. Returns the
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

    def authenticate(self, intent_id: str, succeed: bool = True) -> Resource:
        """Complete or fail the bank's 3-D Secure dialog; returns the intent."""
        with self._command():
            authentication.authenticate(self.world, self._find(intent_id), succeed=succeed)
        return self.object(intent_id)

    # What banks do

    def settle(self, intent_id: str, succeed: bool = True) -> Resource:
        """End ``processing``; returns the intent."""
        with self._command():
            settlement.settle(self.world, self._find(intent_id), succeed=succeed)
        return self.object(intent_id)

    def finish_refund(self, refund_id: str, status: str = "succeeded") -> Resource:
        """End a refund as ``succeeded``, ``failed`` or ``canceled``; returns it."""
        with self._command():
            refunding.finish(self.world, self._find(refund_id), status)
        return self.object(refund_id)

    def dispute(
        self,
        paid: str,
        reason: str = "fraudulent",
        *,
        amount: int | None = None,
        inquiry: bool = False,
    ) -> Resource:
        """Dispute a charge, or the charge of a payment intent; returns the dispute.

        ``amount`` is in minor units; None is all of it. An inquiry takes no money yet.
        """
        with self._command():
            opened = disputing.open_dispute(
                self.world, self._charge(paid), reason, amount=amount, inquiry=inquiry
            )
        return self.object(opened["id"])

    def close_dispute(self, dispute_id: str, outcome: str) -> Resource:
        """Decide a dispute as ``won`` or ``lost``; returns it."""
        with self._command():
            disputing.close(self.world, self._find(dispute_id), outcome)
        return self.object(dispute_id)

    def pay_out(self, currency: str = "usd") -> Resource:
        """Pay out the whole balance of a currency, as Stripe does every day; returns the payout."""
        with self._command():
            made = paying_out.pay_out(self.world, currency)
        return self.object(made["id"])

    def finish_payout(self, payout_id: str, outcome: str = "paid") -> Resource:
        """End a payout as ``paid`` or ``failed``, also after it was paid; returns it."""
        with self._command():
            paying_out.finish(self.world, self._find(payout_id), outcome)
        return self.object(payout_id)

    def warn(self, paid: str) -> Resource:
        """Report fraud on a charge, or the charge of a payment intent; returns the warning."""
        with self._command():
            warning = disputing.warn(self.world, self._charge(paid))
        return self.object(warning["id"])

    def _charge(self, paid: str) -> Resource:
        found = self._find(paid)
        return found if found["object"] == "charge" else self._find(str(found["latest_charge"]))

    @contextmanager
    def _command(self) -> Iterator[None]:
        with self.world.acting():
            yield
        self.app.save()

    # Time

    def advance(self, seconds: float) -> None:
        """Move the clock, and do what has become due."""
        self.world.clock.advance(seconds)
        self.run_due()

    def run_due(self) -> None:
        """Do what is due by now: settle payments, finish refunds."""
        with self.world.acting():
            due = self.world.timetable.take(self.world.clock())
            actions.do(self.world, due)
        if due:
            self.app.save()

    def reset(self) -> None:
        """Forget everything but the webhook endpoints."""
        with self.world.lock:
            self.world.store.clear()
            self.world.timetable.clear()
            self.app.idempotency.clear()
            self.faults.clear()
            self.webhooks.clear()
        self.app.save()

    def close(self) -> None:
        """Stop delivering webhooks."""
        self.faults.clear()
        self.webhooks.close()
