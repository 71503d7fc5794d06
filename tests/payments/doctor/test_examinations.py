"""The doctor examines what apps register, and names what removed apps left behind."""

from collections.abc import Iterator

import pytest

from django_stripe_payments import clock
from django_stripe_payments.doctor import examinations, unclaimed
from django_stripe_payments.doctor.examinations import Examination
from django_stripe_payments.models import ApiOperation, SyncCursor

pytestmark = pytest.mark.django_db


def _findings() -> Iterator[tuple[str, str, str]]:
    yield "topups", "Two top-ups are late.", "Look at the bank."


def test_an_app_s_findings_are_the_doctor_s() -> None:
    examination = examinations.register(Examination(name="topups", findings=_findings))
    try:
        assert list(examinations.findings()) == list(_findings())
        with pytest.raises(ValueError, match="examination is registered as 'topups'"):
            examinations.register(Examination(name="topups", findings=tuple))
    finally:
        examinations.unregister(examination)


def test_an_examination_that_raises_is_a_finding() -> None:
    def fail() -> Iterator[tuple[str, str, str]]:
        raise RuntimeError("sk_test_secret")

    broken = examinations.register(Examination(name="broken", findings=fail))
    other = examinations.register(Examination(name="topups", findings=_findings))
    try:
        found = list(examinations.findings())
    finally:
        examinations.unregister(broken)
        examinations.unregister(other)
    assert found[0][:2] == ("broken", "The examination 'broken' failed: RuntimeError.")
    assert found[1:] == list(_findings())


def test_what_no_app_registers_any_more_is_named() -> None:
    assert list(unclaimed.findings()) == []
    ApiOperation.objects.create(kind="topup.create", target="topup:1", status="unknown")
    SyncCursor.objects.create(name="refills:failed", created=clock.now())
    SyncCursor.objects.create(name="events:all", created=clock.now())
    calls, cursors = unclaimed.findings()
    assert calls[1] == "Calls to Stripe that no installed app registers: topup.create."
    assert cursors[1] == "Cursors of the reconciliation that no installed app registers: refills."
