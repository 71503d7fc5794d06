"""What apps count for the health of a site: rows that wait for a person, or for work to be done.

An app registers a count in the ``ready()`` of its config::

    from django_stripe_payments.maintenance import waiting

    waiting.register(
        waiting.Count(
            name="unmatched_topups",
            help="Top-ups that are not assigned.",
            rows=Topup.objects.filter(matched_at=None).count,
            problem=_("Top-ups are not assigned: the admin lists them."),
        )
    )
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from ..registry import Registry
from .guard import guarded


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number that ``stripe_status`` shows.

    Attributes:
        name: its unique name, of lower-case letters and underscores: a monitoring system gets it
            as "stripe_payments_<name>".
        help: what it counts, in one sentence.
        rows: counts them, with one indexed query.
        problem: what is wrong, and what to do, while there is one; "" if they may wait.
    """

    name: str
    help: str
    rows: Callable[[], int]
    problem: str | Promise = ""


_registry: Registry[Count] = Registry("count of waiting rows")

register = _registry.register
unregister = _registry.unregister
registered = _registry.registered


def counted() -> dict[str, int | None]:
    """Return every number by its name; None for one whose count raises, which is logged."""
    return {
        name: guarded(f"The count {name}", count.rows, otherwise=None)
        for name, count in registered().items()
    }


def problems(numbers: dict[str, int | None]) -> list[str]:
    """Return what is wrong by these numbers."""
    counts = registered()
    wrong = [counts[name].problem for name, number in numbers.items() if number]
    return [str(problem) for problem in wrong if problem]
