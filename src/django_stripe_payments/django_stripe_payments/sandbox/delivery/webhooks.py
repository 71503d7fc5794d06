"""Deliver events to the site over HTTP: signed, at least once, in no promised order."""

import heapq
import http.client
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..wire.resource import Resource
from .chaos import Chaos, Scrambler
from .signatures import signed

#: Seconds until an event is tried again. Stripe's test mode tries three times over a few hours;
#: that is too long on your machine.
RETRY_DELAYS = (1.0, 5.0, 30.0, 120.0)

#: Seconds that the site may take to answer.
TIMEOUT = 30.0

#: Deliveries under way at the same time, so that events really overtake each other.
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Endpoint:
    url: str
    secret: str
    #: The types that it gets; "*" is every one.
    enabled_events: tuple[str, ...] = ("*",)

    def wants(self, event_type: str) -> bool:
        # A thin event goes to every endpoint: its destinations are not in /v1/webhook_endpoints.
        thin = event_type.startswith(("v1.", "v2."))
        return thin or "*" in self.enabled_events or event_type in self.enabled_events


@dataclass(slots=True)
class Delivery:
    """One attempt to deliver one event to one endpoint, for the log."""

    event: Resource
    endpoint: Endpoint
    attempt: int = 1
    #: "pending", "delivered", "failed" or "dropped" (by chaos).
    state: str = "pending"
    status: int | None = None
    error: str | None = None
    seconds: float = 0.0
    created: float = field(default_factory=time.time)

    def as_json(self) -> dict[str, Any]:
        return {
            "event": self.event["id"],
            "type": self.event["type"],
            "url": self.endpoint.url,
            "attempt": self.attempt,
            "state": self.state,
            "status": self.status,
            "error": self.error,
            "seconds": round(self.seconds, 4),
            "created": self.created,
        }


class Webhooks:
    """A queue of deliveries, ordered by the time they are due, and the threads that work it off."""

    def __init__(self, retry_delays: tuple[float, ...] = RETRY_DELAYS) -> None:
        self.endpoints: list[Endpoint] = []
        #: More endpoints: those that the API made.
        self.registered: Callable[[], list[Endpoint]] = list
        self.log: list[Delivery] = []
        self.on_delivery: Callable[[Delivery], None] | None = None
        #: Called before an event leaves.
        self.before: Callable[[Resource], None] | None = None
        self._retry_delays = retry_delays
        self._scrambler = Scrambler(Chaos())
        self._order = itertools.count()
        self._queue: list[tuple[float, int, Delivery]] = []
        self._active = 0
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._closed = False

    def add_endpoint(self, url: str, secret: str) -> None:
        with self._changed:
            self.endpoints.append(Endpoint(url, secret))

    def audience(self, event_type: str) -> list[Endpoint]:
        """Return the endpoints that get events of this type."""
        endpoints = [*self.endpoints, *self.registered()]
        return [endpoint for endpoint in endpoints if endpoint.wants(event_type)]

    def _start(self) -> None:
        """Start the threads with the first delivery. The condition is held."""
        for number in range(0 if self._threads else WORKERS):
            name = f"stripe-sandbox-webhooks-{number}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def set_chaos(self, chaos: Chaos) -> None:
        with self._changed:
            self._scrambler = Scrambler(chaos)

    def enqueue(self, event: Resource) -> None:
        """Deliver ``event`` to every endpoint that wants it, in the background."""
        # Asked first: it takes the lock of the world, under which events come here too.
        endpoints = self.audience(event["type"])
        with self._changed:
            if endpoints:
                self._start()
            for endpoint in endpoints:
                copies = self._scrambler.copies()
                if not copies:
                    self._record(Delivery(event, endpoint, state="dropped"))
                for _ in range(copies):
                    self._push(Delivery(event, endpoint), self._scrambler.wait())

    def _push(self, delivery: Delivery, wait: float) -> None:
        """The condition is held."""
        due = time.monotonic() + wait
        heapq.heappush(self._queue, (due, next(self._order), delivery))
        self._changed.notify_all()

    def flush(self, timeout: float = 10.0) -> None:
        """Wait until every event was tried once; retries that are due later do not count."""
        self._wait(lambda: not any(item.attempt == 1 for _, _, item in self._queue), timeout)

    def wait_for_retries(self, timeout: float = 10.0) -> None:
        """Wait until every event arrived, or was tried as often as it will be."""
        self._wait(lambda: not self._queue, timeout)

    def _wait(self, done: Callable[[], bool], timeout: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: done() and not self._active, timeout):
                raise TimeoutError(f"Deliveries were still under way after {timeout} seconds.")

    def pending(self) -> tuple[int, int]:
        """Return how many deliveries wait for their time, and how many are under way."""
        with self._changed:
            return len(self._queue), self._active

    def retry(self) -> None:
        """Make everything that waits due now."""
        with self._changed:
            self._queue = [(0.0, order, delivery) for _, order, delivery in self._queue]
            heapq.heapify(self._queue)
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._queue.clear()
            self.log.clear()

    def close(self) -> None:
        """Stop; what was not delivered stays undelivered."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=TIMEOUT)

    def _work(self) -> None:
        while True:
            delivery = self._next()
            if delivery is None:
                return
            self._deliver(delivery)
            with self._changed:
                self._record(delivery)
                self._retry_or_end(delivery)
                self._active -= 1
                self._changed.notify_all()
            if self.on_delivery:
                self.on_delivery(delivery)

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                if self._queue and self._queue[0][0] <= now:
                    self._active += 1
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(self._queue[0][0] - now if self._queue else None)
        return None

    def _deliver(self, delivery: Delivery) -> None:
        """Post it; anything but a 2xx is a failure, a redirect too."""
        if self.before:
            self.before(delivery.event)
        started = time.monotonic()
        body, headers = signed(delivery.event, delivery.endpoint.secret)
        try:
            delivery.status = post(delivery.endpoint.url, body, headers)
        except (OSError, http.client.HTTPException) as error:
            delivery.error = str(error) or type(error).__name__
        delivery.seconds = time.monotonic() - started
        good = delivery.status is not None and 200 <= delivery.status < 300
        delivery.state = "delivered" if good else "failed"

    def _retry_or_end(self, delivery: Delivery) -> None:
        """The condition is held."""
        if delivery.state == "delivered":
            waiting = delivery.event.get("pending_webhooks", 0)
            if waiting:
                delivery.event["pending_webhooks"] = waiting - 1
        elif delivery.attempt <= len(self._retry_delays):
            again = Delivery(delivery.event, delivery.endpoint, delivery.attempt + 1)
            self._push(again, self._retry_delays[delivery.attempt - 1])

    def _record(self, delivery: Delivery) -> None:
        self.log.append(delivery)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post to the site and return the status."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT)
    try:
        target = parts.path or "/"
        connection.request(
            "POST", f"{target}?{parts.query}" if parts.query else target, body, headers
        )
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
