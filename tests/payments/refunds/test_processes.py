"""Many at once, and processes that are killed: what goes back goes back once."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from django_stripe_payments.exceptions import RefundExceedsBalance, StripePaymentsError
from django_stripe_payments.models import Payment, Refund
from django_stripe_payments.services import StripeService
from tests.payments.support import processes, refund_site
from tests.payments.support.refunding import at_stripe, paid_payment, sum_at_stripe, sum_here

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

THREADS = 20


def together(*works: Any) -> list[Any]:
    """Run functions at the same moment, one thread each; return what each returned or raised."""
    barrier = threading.Barrier(len(works))
    outcomes: list[Any] = []

    def run(work: Any) -> None:
        barrier.wait()
        try:
            outcomes.append(work())
        except StripePaymentsError as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_twenty_threads_refund_thirty_percent_each(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user, "100.00")
    outcomes = together(*[lambda: StripeService.refund_payment(payment.pk, 30)] * THREADS)
    assert Counter(type(outcome) for outcome in outcomes) == {
        Refund: 3,
        RefundExceedsBalance: THREADS - 3,
    }
    assert sum_here(payment) == sum_at_stripe(stripe_sandbox, payment) == 9000


def test_one_refund_that_many_want_to_finish(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    Payment.objects.filter(pk=payment.pk).update(amount_refunded=2500)
    refund = Refund.objects.create(payment=payment, amount=2500, currency="usd")
    together(*[lambda: call_command("stripe_deliver", "--all", verbosity=0)] * 6)
    call_command("stripe_deliver", "--all")
    refund.refresh_from_db()
    (theirs,) = at_stripe(stripe_sandbox, payment)
    assert (refund.status, refund.stripe_id) == ("succeeded", theirs["id"])
    assert sum_here(payment) == 2500


def test_news_of_many_refunds_at_once(user: Any, stripe_sandbox: Any, deliver: Any) -> None:
    """Events of different refunds of one payment, while the site refunds, keep the sum right."""
    payment = paid_payment(stripe_sandbox, user)
    from tests.payments.support.refunding import in_dashboard

    for _ in range(4):
        in_dashboard(payment, 100)
    events = [e for e in stripe_sandbox.events() if e["type"].startswith(("refund.", "charge.ref"))]
    works = [lambda event=event: deliver(event).status_code for event in events]
    works += [lambda: StripeService.refund_payment(payment.pk, 5)] * 4
    outcomes = together(*works)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    assert sum_here(payment) == sum_at_stripe(stripe_sandbox, payment) == 2400


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("point", refund_site.POINTS)
def test_killed(user: Any, stripe_sandbox_server: Any, point: str, inside: bool) -> None:
    sandbox = stripe_sandbox_server.sandbox
    payment = paid_payment(sandbox, user)
    killed = processes.start(
        refund_site.die_at, point, payment.pk, inside, api_base=stripe_sandbox_server.url
    )
    assert processes.join([killed]) == [-9]
    assert sum_here(payment) == 1000
    assert Refund.objects.get().status == "pending"

    call_command("stripe_deliver", "--all")
    call_command("stripe_deliver", "--all")

    (theirs,) = at_stripe(sandbox, payment)
    refund = Refund.objects.get()
    assert (refund.status, refund.stripe_id) == ("succeeded", theirs["id"])
    assert sum_here(payment) == sum_at_stripe(sandbox, payment) == 1000
    assert refund.facts.get().kind == "payment_refunded"
