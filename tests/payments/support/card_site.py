"""What the site's processes in the tests of saved cards do.

A new process reads this module before Django is set up: what needs it is imported later.
"""

from multiprocessing.synchronize import Barrier
from typing import Any

#: Who asks while the same call is still running is told to ask again.
TRIES = 20


def until_done(name: str, *args: Any, **options: Any) -> Any:
    from django_stripe_payments.exceptions import StripeUnavailable
    from django_stripe_payments.services import StripeService

    for _ in range(TRIES):
        try:
            return getattr(StripeService, name)(*args, **options)
        except StripeUnavailable:
            continue
    raise AssertionError("Stripe never answered.")


def user_with(user_id: int) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(pk=user_id)


def attach(user_id: int, method: str, barrier: Barrier) -> None:
    user = user_with(user_id)
    barrier.wait()
    until_done("add_payment_method", user, method)


def choose(user_id: int, method: str, barrier: Barrier) -> None:
    user = user_with(user_id)
    barrier.wait()
    until_done("set_default_payment_method", user, method)


def charge(user_id: int, barrier: Barrier) -> None:
    user = user_with(user_id)
    barrier.wait()
    payment = until_done("charge_saved_method", user, "12.00", "fee", idempotency_key="november")
    assert payment.status == "succeeded"


def capture(payment_id: str, barrier: Barrier) -> None:
    barrier.wait()
    assert until_done("capture_payment", payment_id).amount_received == 2500
