"""One reconciliation runs at a time; one that was cut short goes on from where it stopped."""

import io
import json
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from django_stripe_payments import reconcile
from django_stripe_payments.checks.reconcile import (
    check_sync_abandoned,
    check_sync_guests,
    check_sync_pages,
    check_sync_window,
)
from django_stripe_payments.exceptions import (
    StripeUnavailable,
    SyncInProgress,
    TransactionInProgress,
)
from django_stripe_payments.models import AuditLogEntry, Payment, SyncFinding, SyncRun
from django_stripe_payments.reconcile import runs
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.reconciling import told
from tests.payments.support.refunding import VISA, in_dashboard, paid_payment

pytestmark = pytest.mark.django_db


def begun_by(owner: str, /, **changes: Any) -> SyncRun:
    """A run at which another process is at work."""
    # Stripe's times are whole seconds: what a test made just now must lie in the window.
    run, _ = runs.begin(timezone.now() - timedelta(hours=1), options())
    runs.release(run)
    changes = {"owner": owner, "token": uuid4(), "heartbeat_at": timezone.now(), **changes}
    SyncRun.objects.filter(pk=run.pk).update(**changes)
    return run


def options(**changes: Any) -> dict[str, Any]:
    return {
        "all_events": False,
        "steps": list(reconcile.steps.registered()),
        "since": "",
        **changes,
    }


def test_a_second_run_beside_a_first_one_is_refused(stripe_sandbox: Any) -> None:
    begun_by("elsewhere:1")
    with pytest.raises(SyncInProgress, match="elsewhere:1"):
        reconcile.run()


@pytest.mark.parametrize(
    "changes",
    [
        {"heartbeat_at": timezone.now() - timedelta(hours=1)},
        {"owner": f"{socket.gethostname()}:4194305"},
        {"owner": f"{socket.gethostname()}:{os.getpid()}"},
        {"token": None},
    ],
    ids=["no sign of life", "the process is gone", "a restarted container", "let go"],
)
def test_a_run_whose_process_is_gone_is_gone_on_with(
    stripe_sandbox: Any, changes: dict[str, Any]
) -> None:
    left = begun_by("elsewhere:1", **changes)
    report = reconcile.run()
    assert (report.run, report.resumed) == (left.pk, True)
    assert SyncRun.objects.get().running is None


def test_one_with_other_options_is_given_up(stripe_sandbox: Any) -> None:
    left = begun_by("elsewhere:1", token=None)
    report = reconcile.run(steps=["refunds"])
    assert not report.resumed
    left.refresh_from_db()
    assert (left.running, left.finished_at) == (None, None)


def test_one_that_is_a_day_old_is_given_up(stripe_sandbox: Any) -> None:
    left = begun_by("elsewhere:1", token=None)
    SyncRun.objects.update(started_at=timezone.now() - timedelta(days=2))
    assert reconcile.run().run != left.pk


def test_who_lost_the_run_stops(stripe_sandbox: Any) -> None:
    run, _ = runs.begin(timezone.now(), options())
    SyncRun.objects.update(token=uuid4())
    with pytest.raises(SyncInProgress):
        runs.save(run, step="refunds")


def test_who_lost_the_run_ends_nothing_of_it(stripe_sandbox: Any) -> None:
    run, _ = runs.begin(timezone.now(), options())
    SyncFinding.objects.create(run=run, kind="refund", object_id="re_1", problem="missing")
    SyncRun.objects.update(token=uuid4())
    with pytest.raises(SyncInProgress):
        runs.finish(run)
    assert SyncFinding.objects.get().outcome == SyncFinding.Outcome.STARTED


def test_who_lost_the_run_lets_go_of_nothing(stripe_sandbox: Any) -> None:
    run, _ = runs.begin(timezone.now(), options())
    theirs = uuid4()
    SyncRun.objects.update(token=theirs)
    runs.release(run, StripeUnavailable("no network"))
    assert SyncRun.objects.values_list("token", "last_error").get() == (theirs, "")


def test_only_one_takes_over_what_was_cut_short(
    stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun_by("elsewhere:1", token=None)

    def too_late(run: SyncRun) -> bool:
        begun_by_the_other = SyncRun.objects.filter(pk=run.pk)
        begun_by_the_other.update(token=uuid4(), heartbeat_at=timezone.now())
        return False

    monkeypatch.setattr(runs, "is_alive", too_late)
    with pytest.raises(SyncInProgress):
        reconcile.run()


def test_what_ended_a_run_is_kept_without_secrets(stripe_sandbox: Any) -> None:
    run, _ = runs.begin(timezone.now(), options())
    runs.release(run, RuntimeError("no answer to sk_test_51NotForAnybody"))
    last_error = SyncRun.objects.get().last_error
    assert last_error.startswith("RuntimeError: no answer")
    assert "51NotForAnybody" not in last_error


def test_steps_that_were_done_are_not_done_again(payment: Payment, stripe_sandbox: Any) -> None:
    begun_by("x:1", token=None, step="refunds")
    report = reconcile.run()
    assert report.resumed
    assert "payment_intent" not in report.counts


def test_rows_that_were_asked_for_are_not_asked_for_again(
    user: Any, stripe_sandbox: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STRIPE_SYNC_PAGE_SIZE = 1
    for _ in range(3):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    Payment.objects.update(created_at=timezone.now() - timedelta(days=60))
    stripe_sandbox.faults.add("cut", method="GET", path="/v1/payment_intents/", after=2, times=3)
    with pytest.raises(StripeUnavailable):
        reconcile.run(steps=["open_payments"])
    handle, asked = stripe_sandbox.app.handle, []
    monkeypatch.setattr(
        stripe_sandbox.app, "handle", lambda *request: asked.append(request) or handle(*request)
    )
    report = reconcile.run(steps=["open_payments"])
    assert report.counts["payment_intent"] == {"asked for": 3}
    assert len(asked) == 1


def test_a_repair_that_has_no_answer_ends_the_run_and_is_done_by_the_next(
    user: Any, stripe_sandbox: Any
) -> None:
    method = StripeService.add_payment_method(user, "pm_card_visa")
    get_client().v1.payment_methods.detach(method.stripe_id)
    stripe_sandbox.faults.add("cut", method="GET", path="/v1/payment_methods/", times=3)
    with pytest.raises(StripeUnavailable):
        reconcile.run(steps=["payment_methods"])
    assert SyncFinding.objects.get().outcome == SyncFinding.Outcome.STARTED
    assert told(reconcile.run(steps=["payment_methods"])) == {
        (method.stripe_id, "detached", "repaired"),
    }


def test_a_network_that_breaks_cuts_it_short_and_the_next_goes_on(
    user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_SYNC_PAGE_SIZE = 1
    payment = paid_payment(stripe_sandbox, user)
    refunds = [in_dashboard(payment, 100) for _ in range(4)]
    stripe_sandbox.faults.add("cut", method="GET", path="/v1/refunds", after=2, times=3)
    with pytest.raises(StripeUnavailable):
        reconcile.run(steps=["refunds"])
    run = SyncRun.objects.get()
    assert (run.step, run.running) == ("refunds", True)
    assert 0 < SyncFinding.objects.count() < 4
    report = reconcile.run(steps=["refunds"])
    assert report.resumed
    assert told(report) == {(refund, "missing", "repaired") for refund in refunds}
    assert report.counts["refund"] == {"compared": 4}


def test_the_page_that_it_stopped_at_may_be_gone(
    user: Any, stripe_sandbox: Any, settings: Any
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    refund = in_dashboard(payment, 100)
    run = begun_by("x:1", token=None, step="refunds", position="re_gone")
    SyncRun.objects.update(options=options(steps=["refunds"]))
    report = reconcile.run(steps=["refunds"])
    assert (report.run, told(report)) == (run.pk, {(refund, "missing", "repaired")})


def test_a_repair_whose_note_was_cut_off_is_reported(payment: Payment, stripe_sandbox: Any) -> None:
    run = begun_by("x:1", token=None)
    SyncFinding.objects.create(
        run=run, kind="payment_intent", object_id=payment.stripe_id, problem="different"
    )
    assert (payment.stripe_id, "different", "repaired") in told(reconcile.run())


def test_stripe_may_be_busy(
    payment: Payment, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    stripe_sandbox.faults.add("error", status=429, times=4, method="GET")
    report = reconcile.run(steps=["payments"])
    assert told(report) == {(payment.stripe_id, "different", "repaired")}
    assert len([seconds for seconds in waited if seconds]) == 4
    assert waited[0] < waited[2] < waited[3]


def test_stripe_is_left_alone_for_as_long_as_it_says(
    payment: Payment, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    stripe_sandbox.faults.add("error", status=429, retry_after=45, method="GET")
    reconcile.run(steps=["payments"])
    assert waited[0] >= 45


def test_a_run_does_not_wait_for_longer_than_it_seems_alive(
    stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    stripe_sandbox.faults.add("error", status=429, retry_after=3600, method="GET")
    with pytest.raises(StripeUnavailable):
        reconcile.run(steps=["payments"])
    assert waited == []
    assert reconcile.run(steps=["payments"]).resumed


def test_stripe_may_stay_busy(stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    stripe_sandbox.faults.add("error", status=429, times=999)
    with pytest.raises(StripeUnavailable):
        reconcile.run()
    assert SyncRun.objects.get().last_error.startswith("StripeBusy")


def test_it_refuses_to_hold_a_transaction_while_it_asks(stripe_sandbox: Any) -> None:
    with transaction.atomic(), pytest.raises(TransactionInProgress):
        reconcile.run()


def test_what_fails_to_be_mended_does_not_end_the_run(
    user: Any, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    refunds = [in_dashboard(payment, 100) for _ in range(2)]

    def broken(news: Any) -> None:
        raise RuntimeError(f"no such column {news['id']}")

    monkeypatch.setattr("django_stripe_payments.refunds.apply.apply", broken)
    report = reconcile.run(steps=["refunds"])
    assert told(report) == {(refund, "missing", "needs_review") for refund in refunds}


def test_the_reconciler_is_named_in_the_audit_log(payment: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    reconcile.run(steps=["payments"])
    assert AuditLogEntry.objects.get(action="payment.succeeded").source == "reconciler"


def test_the_command_prints_the_report(payment: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    out = io.StringIO()
    call_command("stripe_sync", only=["payments"], stdout=out)
    assert f"payment_intent {payment.stripe_id}: different" in out.getvalue()
    assert "Needs review: nothing" in out.getvalue()


def test_the_command_prints_json(payment: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    out = io.StringIO()
    call_command("stripe_sync", "--json", stdout=out)
    report = json.loads(out.getvalue())
    assert payment.stripe_id not in report
    assert {item["outcome"] for item in report["findings"]} == {"repaired"}
    assert report["is_clean"] is False


def test_the_command_can_fail_for_a_person(payment: Payment, stripe_sandbox: Any) -> None:
    Payment.objects.update(amount=1)
    with pytest.raises(CommandError, match="1 findings"):
        call_command("stripe_sync", "--only", "payments", "--fail-on-drift", stdout=io.StringIO())


def test_the_command_says_that_another_is_at_work(stripe_sandbox: Any) -> None:
    begun_by("elsewhere:1")
    with pytest.raises(CommandError, match="running since"):
        call_command("stripe_sync")


def test_a_step_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="socks"):
        reconcile.run(steps=["socks"])


def test_the_window_is_what_the_caller_says(stripe_sandbox: Any) -> None:
    get_client().v1.payment_intents.create({"amount": 900, "currency": "usd"})
    old = reconcile.run(steps=["payments"], since=timezone.now() + timedelta(hours=1))
    assert "payment_intent" not in old.counts
    out = io.StringIO()
    call_command("stripe_sync", "--days", "1", "--only", "payments", stdout=out)
    assert "payment_intent: 1 compared, 1 not ours" in out.getvalue()


@pytest.mark.parametrize(
    ("check", "changes", "expected"),
    [
        (check_sync_window, {"STRIPE_SYNC_WINDOW_DAYS": 0}, ["E070"]),
        (check_sync_window, {"STRIPE_SYNC_WINDOW_DAYS": 7}, []),
        (check_sync_abandoned, {"STRIPE_SYNC_ABANDONED_AFTER": 60}, ["E071"]),
        (check_sync_abandoned, {"STRIPE_SYNC_ABANDONED_AFTER": None}, []),
        (check_sync_guests, {"STRIPE_SYNC_ABANDONED_AFTER": 86_400}, ["W070"]),
        (check_sync_guests, {"STRIPE_SYNC_ABANDONED_AFTER": None}, []),
        (check_sync_pages, {"STRIPE_SYNC_PAGE_SIZE": 500}, ["E072"]),
        (check_sync_pages, {"STRIPE_SYNC_PAUSE": -1}, ["E072"]),
        (check_sync_pages, {}, []),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_at_start_up(
    settings: Any, check: Callable[..., Any], changes: dict[str, Any], expected: list[str]
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert [str(message.id)[-4:] for message in check()] == expected
