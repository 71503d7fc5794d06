"""What the site's processes in the tests of concurrency and crashes do."""

from multiprocessing.synchronize import Barrier
from typing import Any

from django.test import Client


def register(sender: Any, payment: Any, **named: Any) -> None:
    """The receiver: it leaves a row that no constraint keeps from being there twice."""
    from django.contrib.admin.models import ADDITION, LogEntry

    LogEntry.objects.create(
        user=payment.user, action_flag=ADDITION, object_repr=f"registered {payment.pk}"
    )


def thank(sender: Any, payment: Any, **named: Any) -> None:
    """A second receiver."""
    from django.contrib.admin.models import CHANGE, LogEntry

    LogEntry.objects.create(
        user=payment.user, action_flag=CHANGE, object_repr=f"thanked {payment.pk}"
    )


def connect() -> None:
    from django_stripe_payments.signals import payment_succeeded

    payment_succeeded.connect(register)
    payment_succeeded.connect(thank)


def post(body: bytes, headers: dict[str, str]) -> int:
    response = Client(raise_request_exception=False).post(
        "/payments/webhook/", data=body, content_type="application/json", headers=headers
    )
    return response.status_code


def deliver_often(
    body: bytes, headers: dict[str, str], times: int, barrier: Barrier, page: str, user_id: int
) -> None:
    """Get one event again and again, while the customer reloads the success page."""
    from django.contrib.auth import get_user_model

    connect()
    browser = Client(raise_request_exception=False)
    browser.force_login(get_user_model().objects.get(pk=user_id))
    barrier.wait()
    for _ in range(times):
        assert post(body, headers) == 200
        assert browser.get(page).status_code == 200


def die_at(point: str, body: bytes, headers: dict[str, str]) -> None:
    """Get one event, and be killed at the named point."""
    from unittest.mock import patch

    from django_stripe_payments.signals import payment_succeeded
    from tests.payments.support import processes

    def killed(*args: Any, **kwargs: Any) -> None:
        processes.die()

    def write_and_die(sender: Any, payment: Any, **named: Any) -> None:
        register(sender, payment)
        processes.die()

    if point in PATCHES:
        connect()
        with patch(PATCHES[point], killed):
            post(body, headers)
        return
    # The one that dies is connected under the name of the one that the next process brings.
    if point == "inside a receiver":
        payment_succeeded.connect(write_and_die, dispatch_uid=f"{__name__}.register")
        payment_succeeded.connect(thank)
    else:
        payment_succeeded.connect(register)
        payment_succeeded.connect(write_and_die, dispatch_uid=f"{__name__}.thank")
    post(body, headers)


#: Where the process dies → what is replaced by dying.
PATCHES = {
    "between record and apply": "django_stripe_payments.webhooks.process.get_handler",
    "before apply commits": "django_stripe_payments.payments.apply._record_status_change",
    "between apply and announce": "django_stripe_payments.webhooks.process.announce",
}
POINTS = [*PATCHES, "inside a receiver", "after one receiver"]


def ask_for_a_seat(barrier: Barrier, user_id: int) -> None:
    """Press the button in one of many tabs at the same moment."""
    import json

    from django.contrib.auth import get_user_model

    from django_stripe_payments import payment_types

    @payment_types.register_payment_type("ticket")
    def ticket(user: Any, metadata: Any) -> payment_types.Price:
        return payment_types.Price(amount="25.00", currency="usd", metadata={"seat": "7"})

    browser = Client(raise_request_exception=False)
    browser.force_login(get_user_model().objects.get(pk=user_id))
    barrier.wait()
    wish = json.dumps({"payment_type": "ticket", "metadata": {"seat": "7"}})
    answer = browser.post("/payments/create-intent/", wish, content_type="application/json")
    assert answer.status_code == 200, answer.content
