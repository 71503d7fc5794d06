"""What the site's processes in the tests of concurrency and crashes do."""

from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple

from django.test import Client


def register(sender: Any, fact: Any, **named: Any) -> None:
    """The receiver: it leaves a row that no constraint keeps from being there twice."""
    leave_a_row(f"registered {fact.subject_id}")


def thank(sender: Any, fact: Any, **named: Any) -> None:
    """A second receiver."""
    leave_a_row(f"thanked {fact.subject_id}")


def leave_a_row(what: str) -> None:
    from django.contrib.admin.models import ADDITION, LogEntry
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.earliest("pk")
    LogEntry.objects.create(user=user, action_flag=ADDITION, object_repr=what)


def signals() -> list[Any]:
    """The signals of the core and of an opt-in app, to which both receivers are connected."""
    from django_stripe_payments.signals import payment_succeeded
    from tests.payments.topups.signals import topup_succeeded

    return [payment_succeeded, topup_succeeded]


def connect() -> None:
    for signal in signals():
        signal.connect(register)
        signal.connect(thank)


def disconnect() -> None:
    for signal in signals():
        signal.disconnect(register)
        signal.disconnect(thank)


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


class Death(NamedTuple):
    """The statement at which a process dies: the n-th that writes to a table in this way."""

    verb: str
    table: str
    number: int = 1
    #: Before the statement is sent, or after it was executed.
    after: bool = False

    def is_met_by(self, sql: str) -> bool:
        # The table stands behind the columns that a SELECT names.
        start = max(0, sql.find(" FROM ")) if self.verb == "SELECT" else 0
        return sql.startswith(self.verb) and self.table in sql[start : start + 80]


PAYMENT, EVENT = "django_stripe_payments_payment", "django_stripe_payments_webhookevent"
FACT, TURN = "django_stripe_payments_fact", "django_stripe_payments_receiverdelivery"

#: Where the process of an event dies, in the order of its statements; two receivers are connected.
#: docs/explanation/architecture.md says what each leaves behind.
POINTS = {
    "the event is stored": Death("SELECT", PAYMENT),
    "the payment is written, its fact is not": Death("INSERT", FACT),
    "applied_at is not written": Death("UPDATE", EVENT),
    "the payment is not committed": Death("UPDATE", EVENT, after=True),
    "the payment is committed": Death("INSERT", TURN),
    "the receiver has not run": Death("INSERT", TURN, after=True),
    "the receiver has run and is not committed": Death("INSERT", "admin_log", after=True),
    "one receiver is committed": Death("INSERT", TURN, 2),
    "the fact is not closed": Death("UPDATE", FACT),
    "the event is not closed": Death("UPDATE", EVENT, 2),
    "the last receiver is not committed": Death("UPDATE", EVENT, 2, after=True),
}


#: Where the rows of the events' objects are.
TABLES = {"payment": PAYMENT, "topup": "topups_topup"}


def die_at(point: str, kind: str, body: bytes, headers: dict[str, str]) -> None:
    """Get one event about an object of this kind, and be killed at the named point."""
    from django.db import connection

    from tests.payments.support import processes

    death, met = POINTS[point], 0
    if death.table == PAYMENT:
        death = death._replace(table=TABLES[kind])

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal met
        met += death.is_met_by(sql)
        is_now = death.is_met_by(sql) and met == death.number
        if is_now and not death.after:
            processes.die()
        result = execute(sql, params, many, context)
        if is_now:
            processes.die()
        return result

    connect()
    with connection.execute_wrapper(watch):
        post(body, headers)


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
