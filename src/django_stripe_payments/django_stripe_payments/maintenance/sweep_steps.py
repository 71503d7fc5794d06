"""The steps of a sweep, in their order.

An app adds its own in the ``ready()`` of its config::

    from django_stripe_payments.maintenance import sweep_steps

    sweep_steps.register(sweep_steps.Step(name="topups", run=finish_topups))

A step that raises is logged, and the other steps follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..registry import Registry, ordered

#: From here on comes what failed or killed its process before; an app's steps come earlier.
LAST = "early_seal"


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep.

    Attributes:
        only_due: whether to skip what failed before until its next attempt is due.
        suspect_events: keys of the events that had failed when the sweep started.
        suspect_facts: the same of facts.
    """

    only_due: bool
    suspect_events: list[int]
    suspect_facts: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a sweep.

    Attributes:
        name: its unique name.
        run: works on the unfinished rows, and yields for each whether it is finished now. An
            error of one row must not stop those behind it: see ``guard.guarded``.
        before: the name of the step, registered earlier, that must come later.
    """

    name: str
    run: Callable[[Sweep], Iterable[bool]]
    before: str | None = LAST


_registry: Registry[Step] = Registry("step of the sweep")

register = _registry.register
unregister = _registry.unregister


def registered() -> Mapping[str, Step]:
    """Return the steps by name, in the order in which a sweep takes them."""
    return ordered(_registry.registered().values(), LAST)
