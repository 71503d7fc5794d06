"""What the customer, the banks and time do, as commands to the sandbox."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from ..delivery.webhooks import Webhooks
from ..http.app import App
from ..lifecycle import authentication, disputing, paying_out, refunding, settlement
from ..lifecycle import due as actions
from ..wire.resource import Resource
from ..world import thin


class Commands:
    """The commands of one sandbox. Thread-safe.

    They raise :class:`~.wire.errors.ApiError` if the state of the object forbids the command, and
    LookupError for an unknown id.
    """

    def __init__(self, app: App, webhooks: Webhooks) -> None:
        self.app = app
        self.world = app.world
        self.faults = app.faults
        self.webhooks = webhooks

    def events(self, type: str | None = None) -> list[Resource]:  # noqa: A002 - Stripe's word
        """Return the events so far, oldest first."""
        with self.world.lock:
            newest_first = list(self.world.store.all("event"))
        return [event for event in reversed(newest_first) if type in (None, event["type"])]

    def object(self, identifier: str) -> Resource:
        """Return a copy of any object, by its id."""
        with self.world.lock:
            return copy.deepcopy(self._find(identifier))

    def _find(self, identifier: str) -> Resource:
        for table in self.world.store.tables.values():
            if identifier in table:
                return table[identifier]
        raise LookupError(f"The sandbox has no object {identifier!r}.")

    # Deliveries

    def redeliver(self, event_id: str | None = None) -> int:
        """Deliver one event again, or every undelivered one; returns how many."""
        selected = [
            event
            for event in self.events()
            if (event["pending_webhooks"] if event_id is None else event["id"] == event_id)
        ]
        for event in selected:
            self.webhooks.enqueue(event)
        return len(selected)

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

    # What the customer does

    def authenticate(self, intent_id: str, succeed: bool = True) -> Resource:
        """Complete or fail the bank's 3-D Secure dialog; returns the intent."""
        with self._command():
            authentication.authenticate(self.world, self._find(intent_id), succeed=succeed)
        return self.object(intent_id)

    def authenticate_by_secret(self, client_secret: str, succeed: bool) -> Resource:
        """Do the same to the intent that a client secret opens, as a browser does."""
        with self.world.lock:
            intent = authentication.by_client_secret(self.world, client_secret)
        return self.authenticate(str(intent["id"]), succeed)

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
        payment: str,
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
                self.world, self._charge(payment), reason, amount=amount, inquiry=inquiry
            )
        return self.object(opened["id"])

    def close_dispute(self, dispute_id: str, outcome: str) -> Resource:
        """Decide a dispute as ``won`` or ``lost``; returns it.

        A lost inquiry becomes a chargeback, which takes the money.
        """
        with self._command():
            disputing.decide(self.world, self._find(dispute_id), outcome)
        return self.object(dispute_id)

    def pay_out(self, currency: str = "usd") -> Resource:
        """Pay out the whole balance of a currency, as Stripe does every day; returns the payout."""
        with self._command():
            payout = paying_out.pay_out(self.world, currency)
        return self.object(payout["id"])

    def finish_payout(self, payout_id: str, outcome: str = "paid") -> Resource:
        """End a payout as ``paid`` or ``failed``; a paid one can still fail. Returns it."""
        with self._command():
            paying_out.finish(self.world, self._find(payout_id), outcome)
        return self.object(payout_id)

    def warn(self, payment: str) -> Resource:
        """Report fraud on a charge, or the charge of a payment intent; returns the warning."""
        with self._command():
            warning = disputing.warn(self.world, self._charge(payment))
        return self.object(warning["id"])

    def _charge(self, payment: str) -> Resource:
        resource = self._find(payment)
        if resource["object"] == "charge":
            return resource
        return self._find(str(resource["latest_charge"]))

    @contextmanager
    def _command(self) -> Iterator[None]:
        with self.world.acting():
            yield
        self.app.save()

    # Time

    def advance(self, seconds: float) -> None:
        """Move the clock forward, and do what has become due."""
        self.world.clock.advance(seconds)
        self._clock_moved()

    def set_clock(self, offset: float) -> None:
        """Set the clock to real time plus ``offset`` seconds, and do what has become due."""
        self.world.clock.offset = offset
        self._clock_moved()

    def _clock_moved(self) -> None:
        self.run_due()
        self.app.save()

    def run_due(self) -> None:
        """Do what is due by now: settle payments, finish refunds, release money."""
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
