"""What an app registers is erased, pruned and counted with the core's own rows."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from django_stripe_payments import clock
from django_stripe_payments.exceptions import ErasureRefused
from django_stripe_payments.maintenance import belongings, health, retention, waiting
from django_stripe_payments.maintenance.erasure import erase_user
from django_stripe_payments.models import ApiOperation, Payment, WebhookEvent

pytestmark = pytest.mark.django_db


@contextmanager
def registered(registry: Any, entry: Any) -> Iterator[None]:
    registry.register(entry)
    try:
        yield
    finally:
        registry.unregister(entry)


@pytest.mark.parametrize(
    ("registry", "entry", "other"),
    [
        (belongings, belongings.Kind(name="a", erase=len), belongings.Kind(name="a", erase=len)),
        (
            retention,
            retention.Target(name="a", prune=int),
            retention.Target(name="a", prune=lambda: 2),
        ),
        (
            waiting,
            waiting.Count(name="a", help="", rows=int),
            waiting.Count(name="a", help="b", rows=int),
        ),
    ],
    ids=["belongings", "retention", "waiting"],
)
def test_a_second_registration_under_a_name_is_refused(
    registry: Any, entry: Any, other: Any
) -> None:
    with registered(registry, entry):
        with pytest.raises(ValueError, match="registered as 'a'"):
            registry.register(other)
        assert registry.registered()["a"] is entry
    assert "a" not in registry.registered()


def test_an_erasure_empties_what_an_app_keeps(user: Any, stripe_sandbox: Any) -> None:
    kind = belongings.Kind(name="topups", erase=lambda owned: 3 if owned.user == user else 0)
    output = StringIO()
    with registered(belongings, kind):
        call_command("stripe_erase", "--user", str(user.pk), "--no-input", stdout=output)
    assert "topups: 3 erased." in output.getvalue()


def test_events_and_calls_of_an_apps_objects_are_emptied(user: Any, stripe_sandbox: Any) -> None:
    event = WebhookEvent.objects.create(
        stripe_id="evt_1",
        type="topup.succeeded",
        created=clock.now(),
        object_id="tu_1",
        payload={"data": {"object": {"id": "tu_1", "description": "Ana"}}},
    )
    WebhookEvent.objects.update(finished_at=event.received_at)
    call = ApiOperation.objects.create(
        kind="topup.create", target="topup:1", params={"description": "Ana"}, status="succeeded"
    )
    kind = belongings.Kind(
        name="topups",
        erase=lambda _owned: 0,
        stripe_ids=lambda _owned: ["tu_1"],
        targets=lambda _owned: ["topup:1"],
    )
    with registered(belongings, kind):
        erase_user(user)
    event.refresh_from_db()
    call.refresh_from_db()
    assert (event.payload, call.params) == ({}, {})


def test_what_an_app_has_in_progress_must_be_finished_first(user: Any) -> None:
    kind = belongings.Kind(
        name="topups", erase=lambda _owned: 0, in_progress=lambda _owned: ["open top-ups"]
    )
    with registered(belongings, kind), pytest.raises(ErasureRefused, match="open top-ups"):
        erase_user(user)


def test_an_erasure_that_an_app_can_not_finish_erases_nothing(payment: Payment) -> None:
    def fail(_owned: belongings.Belongings) -> int:
        raise RuntimeError("locked")

    Payment.objects.update(description="Ana's yacht", status="canceled")
    kind = belongings.Kind(name="topups", erase=fail)
    with registered(belongings, kind), pytest.raises(RuntimeError):
        erase_user(payment.user)
    payment.refresh_from_db()
    assert (payment.description, payment.user_id is None) == ("Ana's yacht", False)


def test_pruning_goes_on_behind_a_target_that_raises(caplog: Any) -> None:
    def fail() -> int:
        raise RuntimeError("locked")

    output = StringIO()
    with (
        registered(retention, retention.Target(name="broken", prune=fail)),
        registered(retention, retention.Target(name="topups", prune=lambda: 4)),
    ):
        call_command("stripe_prune", stdout=output)
    assert "broken: 0 pruned.\ntopups: 4 pruned." in output.getvalue()
    assert "Pruning broken failed" in caplog.text


def test_a_count_that_is_a_problem_is_shown_with_it() -> None:
    count = waiting.Count(
        name="unmatched_topups", help="Top-ups to assign.", rows=lambda: 2, problem="Assign them."
    )
    with registered(waiting, count):
        status = health.status()
        assert status.as_dict()["others"]["unmatched_topups"] == 2
        assert "stripe_payments_unmatched_topups 2\n" in status.as_prometheus()
        assert "# HELP stripe_payments_unmatched_topups Top-ups to assign." in (
            status.as_prometheus()
        )
    assert "Assign them." in status.problems


def test_a_count_may_be_zero_or_harmless() -> None:
    none = waiting.Count(name="none", help="None.", rows=int, problem="Never.")
    some = waiting.Count(name="some", help="Some.", rows=lambda: 2)
    with registered(waiting, none), registered(waiting, some):
        status = health.status()
    assert (status.others["none"], status.others["some"]) == (0, 2)
    assert "Never." not in status.problems


def test_a_count_that_raises_is_unknown_and_stops_nothing(caplog: Any) -> None:
    def fail() -> int:
        raise RuntimeError("no table")

    output = StringIO()
    with registered(waiting, waiting.Count(name="topups", help="Top-ups.", rows=fail)):
        status = health.status()
        with suppress(SystemExit):
            call_command("stripe_status", stdout=output)
    assert status.others["topups"] is None
    assert "topups: -" in output.getvalue()
    assert "stripe_payments_topups" not in status.as_prometheus()
