"""A thousand customers, each with a story of their own, drawn from the seed.

A customer whose page does not load reloads it, as people do. What they want is decided by the
seed alone; how often they have to try is not.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import requests

from tests.chaos.stripe_side import Item, StripeSide

TIMEOUT = 15
#: Seconds after which a customer who gets no answer has a reason to complain.
PATIENCE = 240
BREATH = 0.2

GOOD, DECLINED, POOR = "4242424242424242", "4000000000000002", "4000000000009995"
BANK_ASKS, SLOW = "4000002760003184", "4000000000005605"
REFUND_WAITS, REFUND_FAILS = "4000000000007726", "4000000000005126"

#: Story → how often it is told.
STORIES = {
    "pays": 46,
    "pays, and a refund waits": 4,
    "pays, and a refund fails": 4,
    "is declined, and pays": 8,
    "is declined, and leaves": 7,
    "is asked by the bank, and pays": 9,
    "is asked by the bank, and fails": 4,
    "is asked by the bank, and leaves": 2,
    "pays slowly": 6,
    "never pays": 4,
    "is canceled in the dashboard": 6,
}
#: The attempts of each: a card, and the answer to the bank's dialog.
ATTEMPTS: dict[str, list[tuple[str, str]]] = {
    "pays": [(GOOD, "")],
    "pays, and a refund waits": [(REFUND_WAITS, "")],
    "pays, and a refund fails": [(REFUND_FAILS, "")],
    "is declined, and pays": [(DECLINED, ""), (POOR, ""), (GOOD, "")],
    "is declined, and leaves": [(POOR, "")],
    "is asked by the bank, and pays": [(BANK_ASKS, "complete")],
    "is asked by the bank, and fails": [(BANK_ASKS, "fail")],
    "is asked by the bank, and leaves": [(BANK_ASKS, "")],
    "pays slowly": [(SLOW, "")],
}
#: Stories in which a refund is the point.
ABOUT_REFUNDS = ("pays, and a refund waits", "pays, and a refund fails")

#: Faults of Stripe that a customer's call may meet: the connection is cut after it was executed,
#: once or so often that the SDK gives up; Stripe is busy; its answer is an error of its own; it
#: hangs until the monkey has killed something, and is executed then, whoever asked is alive or not.
FAULTS: list[dict[str, Any]] = [
    {"kind": "cut", "times": 1},
    {"kind": "cut", "times": 2},
    {"kind": "cut", "times": 4},
    {"kind": "error", "status": 429},
    {"kind": "error", "status": 500, "executed": True},
    {"kind": "hang"},
]
#: One step in so many meets a fault.
FAULTY = 3


class GaveUp(Exception):
    """A customer did not get through, however often they tried."""


@dataclass
class Customer:
    """One person with one wish: a seat."""

    site: str
    stripe: StripeSide
    seat: int
    session: str
    random: Random
    #: Set when the shop closes early.
    closed: threading.Event
    counts: Counter[str] = field(default_factory=Counter)

    def live(self) -> str:
        """Do all of the story, and return its name."""
        story = self.random.choices(list(STORIES), list(STORIES.values()))[0]
        self.meet_fault("POST", "/v1/customers", "/v1/payment_intents")
        wish = {"payment_type": "ticket", "metadata": {"seat": str(self.seat)}}
        started = self.ask_site("payments/create-intent/", wish)
        payment, secret = started["payment_id"], started["client_secret"]
        for card, dialog in ATTEMPTS.get(story, []):
            self.pay(secret, card, dialog)
        if story == "is canceled in the dashboard":
            self.cancel(secret)
        if self.random.random() < 0.6:
            # The others close the browser.
            self.meet_fault("GET", "/v1/payment_intents")
            self.ask_site(f"payments/success/{payment}/")
        paid = self.stripe.intent(secret)["status"] == "succeeded"
        if paid and (story in ABOUT_REFUNDS or self.random.random() < 0.25):
            self.get_money_back(payment, secret)
        return story

    def pay(self, secret: str, card: str, dialog: str) -> None:
        """Let one attempt be made and no second: look first, if the answer was lost."""
        before = self.stripe.intent(secret)
        self.persist(lambda: self.stripe.confirm(secret, card), lambda: self._moved(secret, before))
        if dialog:
            waiting = self.stripe.intent(secret)
            self.persist(
                lambda: self.stripe.authenticate(secret, dialog),
                lambda: self._moved(secret, waiting),
            )

    def _moved(self, secret: str, before: Item) -> bool:
        now = self.stripe.intent(secret)
        names = ("status", "last_payment_error", "next_action")
        return any(now.get(name) != before.get(name) for name in names)

    def cancel(self, secret: str) -> None:
        intent = secret.partition("_secret_")[0]
        self.persist(
            lambda: self.stripe.dashboard(f"payment_intents/{intent}/cancel"),
            lambda: self.stripe.intent(secret)["status"] == "canceled",
        )

    def get_money_back(self, payment: str, secret: str) -> None:
        """All, or a part, or two parts; from the site, or by a person in Stripe's dashboard."""
        amount = self.stripe.intent(secret)["amount"]
        parts = self.random.choice([[None], [amount // 3], [amount // 4, amount // 5]])
        by_dashboard = self.random.random() < 0.25
        for part in parts:
            if by_dashboard:
                self.refund_in_dashboard(secret, part)
            else:
                self.ask_for_refund(payment, part)

    def refund_in_dashboard(self, secret: str, part: int | None) -> None:
        intent = secret.partition("_secret_")[0]
        given = {"amount": part} if part else {}
        # Once: a person looks before they press a button again.
        self.persist(
            lambda: self.stripe.dashboard("refunds", payment_intent=intent, **given), lambda: True
        )

    def ask_for_refund(self, payment: str, part: int | None) -> None:
        # The page asks Stripe, and asks again if Stripe did not answer; nobody asks for money
        # back before they were told that it arrived.
        deadline = time.monotonic() + PATIENCE
        while self.ask_site(f"payments/success/{payment}/")["status"] != "succeeded":
            if time.monotonic() > deadline:
                raise GaveUp(f"seat {self.seat}: paid, and the page does not say so")
            time.sleep(BREATH)
        self.meet_fault("POST", "/v1/refunds")
        key = str(UUID(int=self.random.getrandbits(128), version=4))
        form = {"key": key, **({"amount": f"{part / 100:.2f}"} if part else {})}
        self.ask_site(f"payments/{payment}/refund/", form)

    def meet_fault(self, method: str, *paths: str) -> None:
        fault, path = self.random.choice(FAULTS), self.random.choice(paths)
        if self.random.randrange(FAULTY) == 0:
            self.counts[f"met a fault: {fault['kind']}"] += 1
            self.stripe.command("faults", method=method, path=path, **fault)

    def ask_site(self, path: str, sent: Any = None) -> Any:
        """Return the site's JSON answer; asked again until there is one."""

        def ask() -> requests.Response:
            headers = {
                "Accept": "application/json",
                "Cookie": f"sessionid={self.session}; csrftoken={'c' * 32}",
                "X-CSRFToken": "c" * 32,
            }
            method = "GET" if sent is None else "POST"
            return requests.request(
                method, f"{self.site}/{path}", json=sent, headers=headers, timeout=TIMEOUT
            )

        response = self.persist(ask, lambda: False)
        if response is None or not response.ok:
            told = response.text[:500] if response is not None else "nothing"
            raise GaveUp(f"seat {self.seat}: {path} {sent}: {told}")
        return response.json()

    def persist(
        self, ask: Callable[[], requests.Response], is_done: Callable[[], bool]
    ) -> requests.Response | None:
        """Ask until there is an answer that is no failure, or it turns out to be done already."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                response = ask()
                # A declined card (402) and a form with a mistake (400) are answers.
                if response.status_code < 500 and response.status_code != 429:
                    return response
                told = f"{response.status_code} {response.text[:300]}"
            except requests.RequestException as error:
                told = repr(error)
            self.counts["tried again"] += 1
            if is_done():
                return None
            if self.closed.wait(BREATH) or time.monotonic() > deadline:
                raise GaveUp(f"seat {self.seat}: {told}")
