"""The steps of a reconciliation, in the order in which one needs the other.

An app that mirrors another object of Stripe's adds its own in the ``ready()`` of its config::

    from django_stripe_payments.reconcile import steps

    steps.register(steps.Step(name="topups", run=compare_topups))

``stripe_sync --only topups`` then runs it alone. A step that raises is a finding of the run, and
the other steps follow. If Stripe does not answer, the run ends, and the next one resumes there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..registry import Registry, ordered
from .sync import Sync

#: The last step. It finishes what the others have left to do here.
LAST = "leftovers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a run.

    Attributes:
        name: its unique name, as ``stripe_sync --only`` takes it, of at most 64 characters.
        run: compares, and repairs through ``sync.repair``. It has no transaction open.
        before: the name of the step, registered earlier, that must come later in a run. If
            there is no such step, it is the last one of the core. None comes after that.
    """

    name: str
    run: Callable[[Sync], None]
    before: str | None = LAST


_registry: Registry[Step] = Registry("step of the reconciliation")

register = _registry.register
unregister = _registry.unregister


def registered() -> Mapping[str, Step]:
    """Return the steps by name, in the order in which a run takes them."""
    return ordered(_registry.registered().values(), LAST)
