"""A page that somebody looks at does not wait for a receiver that runs in another process."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from django_stripe_payments import signals
from django_stripe_payments.facts.announce import announce
from django_stripe_payments.models import Fact, Payment, ReceiverDelivery
from django_stripe_payments.services import StripeService


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_is_at_work_elsewhere_is_left_alone(
    payment: Payment, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(signals.payment_succeeded, lambda payment, **named: heard.append(payment) or 1 / 0)
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    StripeService.confirm_payment(payment)
    ReceiverDelivery.objects.update(next_attempt_at=None)
    at_work, done = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            Fact.objects.select_for_update().get(kind="payment_succeeded")
            at_work.set()
            done.wait(60)
        connection.close()

    elsewhere = threading.Thread(target=work)
    elsewhere.start()
    assert at_work.wait(60)
    with connection.cursor() as cursor:
        # Who waits all the same is told so, and the receiver's row says it.
        cursor.execute("SET lock_timeout = '3s'")
    try:
        assert not announce(Fact.objects.filter(announced_at=None), only_due=True)
    finally:
        done.set()
        elsewhere.join()
        connection.close()
    assert len(heard) == 1
    assert ReceiverDelivery.objects.get().attempts == 1
