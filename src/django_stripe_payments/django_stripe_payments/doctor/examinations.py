"""What apps let the doctor examine.

An app registers an examination in the ``ready()`` of its config::

    from django_stripe_payments.doctor import examinations

    examinations.register(examinations.Examination(name="topups", findings=examine_topups))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What an app has examined, once the database answers and every table of the core is there.

    Attributes:
        name: its unique name.
        findings: yields the subject, the result, and the advice, which is empty if there is no
            problem. It changes nothing and shows no secret.
    """

    name: str
    findings: Callable[[], Iterable[tuple[str, str, str]]]


_registry: Registry[Examination] = Registry("examination")

register = _registry.register
unregister = _registry.unregister
registered = _registry.registered


def findings() -> Iterator[tuple[str, str, str]]:
    """Yield the findings of every examination; one that raises is a finding itself."""
    for name, examination in registered().items():
        try:
            yield from examination.findings()
        except Exception as error:
            text = f"The examination {name!r} failed: {type(error).__name__}."
            yield name, text, "Fix the examination: its app registers it."
