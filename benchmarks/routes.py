"""Count the modules that a route visits, and its moves from one module to another.

    python -m benchmarks.routes [--modules]

A move is a call from a function of one of the app's modules to a function of another, whatever
lies between them. Each route is run once before it is counted, on SQLite, so that imports and
caches are warm. Fewer moves are fewer files to open for a reader who follows the route.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from types import FrameType
from typing import Any

from .sites.base import configure

PACKAGES = ("django_stripe_payments", "django_inapp_notifications")


class Route:
    """What is counted while it is entered."""

    def __init__(self) -> None:
        self.modules: set[str] = set()
        self.moves = 0
        self._stack: list[str | None] = []

    def __enter__(self) -> "Route":
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.setprofile(None)

    def _profile(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            module = self._module_of(frame)
            if module is not None:
                self._enter(module)
            self._stack.append(module)
        elif event == "return" and self._stack:
            self._stack.pop()

    def _module_of(self, frame: FrameType) -> str | None:
        name = frame.f_globals.get("__name__", "")
        is_ours = name.split(".")[0] in PACKAGES and ".migrations" not in name
        return name if is_ours and ".sandbox" not in name else None

    def _enter(self, module: str) -> None:
        self.modules.add(module)
        caller = next((each for each in reversed(self._stack) if each), None)
        self.moves += caller is not None and caller != module


def count(prepare: Callable[[int], Callable[[], Any]]) -> Route:
    """Count a route that ``prepare(number)`` makes ready: once warm, once counted."""
    prepare(1)()
    work = prepare(2)
    with Route() as route:
        work()
    return route


def payments() -> dict[str, Route]:
    """Return the routes of the payments app, on a site with one receiver of each signal."""
    from django.test import Client

    from django_stripe_payments import signals
    from django_stripe_payments.models import Payment

    from .sites.events import delivery, event_about, intent_id

    def receive(sender: Any, **named: Any) -> None:
        """Do nothing."""

    signals.payment_succeeded.connect(receive, dispatch_uid="receive")
    signals.payment_refunded.connect(receive, dispatch_uid="receive")
    client = Client()

    def post(event: dict[str, Any]) -> Callable[[], Any]:
        body, headers = delivery(event)
        return lambda: client.post(
            "/payments/webhook/", body, content_type="application/json", headers=headers
        )

    def succeeded(number: int) -> Callable[[], Any]:
        Payment.objects.create(
            stripe_id=intent_id(number), payment_type="ticket", amount=2500, currency="usd"
        )
        return post(event_about(number))

    def refunded(number: int) -> Callable[[], Any]:
        event = event_about(number)
        intent = event["data"]["object"]
        event |= {"id": f"evt_refund{number}", "type": "refund.updated"}
        event["data"]["object"] = {
            "id": f"re_benchmark{number}",
            "object": "refund",
            "amount": 1000,
            "currency": intent["currency"],
            "charge": intent["latest_charge"],
            "payment_intent": intent["id"],
            "created": event["created"],
            "status": "succeeded",
            "reason": None,
            "metadata": {},
        }
        return post(event)

    return {
        "a succeeded event with one receiver": count(succeeded),
        "a refund's event with one receiver": count(refunded),
    }


def notifications() -> dict[str, Route]:
    """Return the routes of the notifications app."""
    from django.contrib.auth import get_user_model

    from django_inapp_notifications.services import notify
    from django_inapp_notifications.types import NotificationType, register

    register(NotificationType("plain", "Plain", channels=["in_app"]))
    register(NotificationType("mailed", "Mailed", channels=["in_app", "email"]))
    make = get_user_model().objects.create_user
    users = [make(f"user{each}", email=f"user{each}@example.com") for each in range(3)]

    def one(_number: int) -> Callable[[], Any]:
        return lambda: notify(users[0], "plain", title="News", message="Read it.")

    def three(_number: int) -> Callable[[], Any]:
        return lambda: notify(users, "mailed", title="News", message="Read it.")

    return {"notify() to one": count(one), "three mails": count(three)}


def main(app: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = {"payments": _payments_site, "notifications": _notifications_site}[app]
        os.environ["DATABASE_FOLDER"] = folder
        site("routes")
        for name, route in {"payments": payments, "notifications": notifications}[app]().items():
            print(f"{name}: {len(route.modules)} modules, {route.moves} moves")
            if "--modules" in sys.argv:
                print(*sorted(f"  {module}" for module in route.modules), sep="\n")


def _payments_site(database: str) -> None:
    from .sites.events import SECRET

    configure(
        database,
        "benchmarks.sites.payments_urls",
        ["django_stripe_payments", "benchmarks.sites.minimum"],
        STRIPE_PUBLIC_KEY="pk_test_benchmarks",
        STRIPE_SECRET_KEY="sk_test_benchmarks",
        STRIPE_WEBHOOK_SECRET=SECRET,
    )


def _notifications_site(database: str) -> None:
    configure(
        database,
        "benchmarks.sites.notifications_urls",
        ["django_inapp_notifications", "benchmarks.sites.minimum"],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        NOTIFICATION_BASE_URL="https://shop.example",
    )


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in {"payments", "notifications"}:
        main(sys.argv[1])
    else:
        for each in ("payments", "notifications"):
            command = [sys.executable, "-m", "benchmarks.routes", each, *sys.argv[1:]]
            subprocess.run(command, check=True)
