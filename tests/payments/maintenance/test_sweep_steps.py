"""An app's own step takes part in the sweep, and harms none of the others."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from django_stripe_payments.maintenance import sweep_steps
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.maintenance.sweep_steps import Step, Sweep
from django_stripe_payments.models import AuditLogEntry, Payment

pytestmark = pytest.mark.django_db


def _topups(state: Sweep) -> Iterator[bool]:
    yield state.only_due
    yield not state.only_due
    yield True


@pytest.fixture
def topups() -> Iterator[Step]:
    step = sweep_steps.register(Step(name="refills", run=_topups))
    yield step
    sweep_steps.unregister(step)


def test_the_rows_of_a_registered_step_are_counted(topups: Step) -> None:
    result = sweep()
    assert (result.others, result.left) == ({"refills": 2}, 1)


def test_the_command_names_the_step(topups: Step) -> None:
    output = StringIO()
    call_command("stripe_deliver", stdout=output)
    assert "refills: 2 finished." in output.getvalue()


def test_a_registered_step_comes_before_what_failed_earlier(topups: Step) -> None:
    names = list(sweep_steps.registered())
    assert names.index("refunds") < names.index("refills") < names.index("suspect_events")
    assert names[-1] == "seal"


def test_a_second_step_of_a_name_is_refused(topups: Step) -> None:
    with pytest.raises(ValueError, match="step of the sweep is registered as 'events'"):
        sweep_steps.register(Step(name="events", run=_topups))


def test_a_step_that_raises_is_logged_and_the_others_follow(
    topups: Step, payment: Payment, caplog: Any
) -> None:
    def fail(_state: Sweep) -> Iterator[bool]:
        yield True
        raise RuntimeError("no such topup")

    broken = sweep_steps.register(Step(name="broken", run=fail, before="events"))
    result = sweep()
    sweep_steps.unregister(broken)
    assert result.others == {"broken": 1, "refills": 2}
    assert "Step broken of the sweep failed" in caplog.text
    # The last step ran.
    assert not AuditLogEntry.objects.filter(sequence=None).exists()
