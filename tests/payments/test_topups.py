"""An opt-in app keeps the promises of the core, by the registries alone: see tests/payments/topups.

What happens to it when its process is killed stands in payments/test_processes.py.
"""

import itertools
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db.models import Model
from django.test import Client

from django_stripe_payments.models import AuditLogEntry, Fact, ReceiverDelivery, WebhookEvent
from tests.payments.support import processes, removed_app, topups
from tests.payments.topups.models import Topup
from tests.payments.topups.signals import topup_failed, topup_succeeded

pytestmark = pytest.mark.django_db
User = get_user_model()

STORIES = {
    "arrives": ["created", "succeeded"],
    "fails": ["created", "failed"],
    "is canceled": ["created", "canceled"],
    "is reversed": ["created", "succeeded", "reversed"],
}


def story(name: str) -> list[dict[str, Any]]:
    return [topups.event(kind, "pending" if kind == "created" else kind) for kind in STORIES[name]]


def outcome() -> dict[str, Any]:
    kept = ("stripe_id", "amount", "status", "failure_code", "livemode")
    return {
        "rows": list(Topup.objects.values_list(*kept)),
        "facts": sorted(Fact.objects.values_list("kind", "overtaken")),
        "unfinished": WebhookEvent.objects.filter(finished_at=None).count(),
    }


def forget() -> None:
    for model in (Topup, WebhookEvent, Fact):
        rows: type[Model] = model
        rows._default_manager.all().delete()


@pytest.mark.parametrize("name", STORIES)
def test_every_permutation_with_duplicates_ends_alike(
    deliver: Callable[..., Any], connect: Callable[..., None], name: str
) -> None:
    heard: list[str] = []
    for signal in (topup_succeeded, topup_failed):
        connect(
            signal,
            lambda fact, **named: heard.append(fact.kind),
            dispatch_uid=f"hear {id(signal)}",
        )
    ends = []
    for order in itertools.permutations(story(name)):
        for event in (*order, *order):
            assert deliver(event).status_code == 200
        ends.append({**outcome(), "heard": sorted(heard)})
        forget()
        heard.clear()
    assert ends[0]["rows"][0][2] == STORIES[name][-1]
    assert ends[0]["heard"] == [kind for kind, _overtaken in ends[0]["facts"]]
    assert all(end == ends[0] for end in ends)


def test_what_says_nothing_new_writes_nothing_of_it(deliver: Callable[..., Any]) -> None:
    for event in story("is reversed"):
        deliver(event)
    topup = Topup.objects.get()
    entries = AuditLogEntry.objects.count()
    for number, event in enumerate(story("is reversed")):
        deliver({**event, "id": f"evt_again_{number}"})
    assert Topup.objects.get().version == topup.version
    assert AuditLogEntry.objects.count() == entries


def test_a_raising_receiver_is_retried_alone(
    deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    runs: list[str] = []

    def fail_once(topup: Topup, **named: Any) -> None:
        runs.append("fail")
        User.objects.create(username=f"failed-{len(runs)}")
        if runs.count("fail") == 1:
            raise RuntimeError("Not now.")

    def work(topup: Topup, **named: Any) -> None:
        runs.append("work")
        User.objects.create(username="worked")

    connect(topup_succeeded, fail_once)
    connect(topup_succeeded, work)
    event = topups.event("succeeded")
    assert deliver(event).status_code == 500
    assert Topup.objects.get().status == "succeeded"
    assert list(User.objects.values_list("username", flat=True)) == ["worked"]
    failed = ReceiverDelivery.objects.get(delivered_at=None)
    assert "Not now." in failed.last_error
    assert deliver(event).status_code == 200
    assert runs == ["fail", "work", "fail"]
    assert not ReceiverDelivery.objects.filter(delivered_at=None).exists()


def test_another_event_of_the_object_finishes_what_failed(
    deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    runs: list[str] = []

    def fail_once(event: WebhookEvent, **named: Any) -> None:
        runs.append(event.type)
        if len(runs) == 1:
            raise RuntimeError("Not now.")

    connect(topup_succeeded, fail_once)
    created, succeeded = story("arrives")
    assert deliver(succeeded).status_code == 500
    assert deliver(created).status_code == 200
    assert runs == ["topup.succeeded"] * 2
    assert Fact.objects.get().announced_at is not None


@pytest.mark.django_db(transaction=True)
def test_once_it_is_removed_its_facts_and_events_stop_no_sweep(
    deliver: Callable[..., Any], connect: Callable[..., None], settings: Any
) -> None:
    def fail(**named: Any) -> None:
        raise RuntimeError("Not now.")

    settings.STRIPE_DISPATCHER = "inline"
    connect(topup_succeeded, fail, dispatch_uid="work")
    deliver(topups.event("succeeded"))
    settings.STRIPE_DISPATCHER = "tests.payments.support.handlers.LazyDispatcher"
    deliver(topups.event("succeeded", number=2))
    without = processes.start(removed_app.sweep, settings="tests.payments.settings_without_topups")
    assert processes.join([without]) == [0]
    # Both events are finished; the fact waits for its app, and the second top-up is unknown.
    assert not WebhookEvent.objects.filter(finished_at=None).exists()
    assert WebhookEvent.objects.get(object_id="tu_2").unhandled
    assert Fact.objects.get().announced_at is None
    # It is installed again.
    heard: list[Any] = []
    topup_succeeded.disconnect(dispatch_uid="work")
    connect(
        topup_succeeded, lambda topup, **named: heard.append(topup.stripe_id), dispatch_uid="work"
    )
    out = StringIO()
    call_command("stripe_deliver", "--all", "--unhandled", stdout=out)
    assert "1 events reopened" in out.getvalue()
    assert sorted(heard) == ["tu_1", "tu_2"]
    assert not Fact.objects.filter(announced_at=None).exists()


def test_an_event_of_a_connected_account_changes_no_row_of_ours(
    deliver: Callable[..., Any], client: Client
) -> None:
    assert deliver(topups.event("succeeded", account="acct_1"), client).status_code == 200
    assert not Topup.objects.exists()
