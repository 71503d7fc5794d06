"""Equal requests at the same time, on a database that can tell."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from django_stripe_payments.models import Payment
from tests.payments.support.api import ApiClient

NUMBER = 20


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_equal_requests_make_one_payment(
    user: Any, ticket_type: None, stripe_sandbox: Any
) -> None:
    clients = [Client() for _ in range(NUMBER)]
    for client in clients:
        client.force_login(user)
    barrier = Barrier(NUMBER)

    def post(client: Client) -> int:
        barrier.wait()
        try:
            body = {"payment_type": "ticket", "metadata": {"seat": "7"}}
            answer = ApiClient(client).post("/", body, **{"Idempotency-Key": "one"})
            return int(answer.status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(NUMBER) as pool:
        answers = list(pool.map(post, clients))
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert Payment.objects.count() == 1
    assert len(list(stripe_sandbox.world.store.all("payment_intent"))) == 1
