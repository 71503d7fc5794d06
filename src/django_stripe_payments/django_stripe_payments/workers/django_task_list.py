"""The tasks for Django's task framework: that of Django 6, or its backport for Django 5.2."""

from importlib.util import find_spec
from typing import Any

from ..exceptions import ConfigurationError
from . import work

if find_spec("django.tasks"):
    from django.tasks import task
elif find_spec("django_tasks"):
    from django_tasks import task  # type: ignore[no-redef]
else:
    raise ConfigurationError(
        "Django has tasks from 6.0 on. On Django 5.2 install their backport: "
        "pip install 'django-stripe-payments-kit[tasks]'"
    )


@task()
def process_event(stripe_id: str) -> None:
    """Finish a stored event."""
    work.process_event(stripe_id)


@task()
def announce_facts(keys: list[str]) -> None:
    """Announce the facts with these keys, as far as that is still to be done."""
    work.announce_facts(keys)


@task()
def sweep() -> None:
    """Finish what failures, crashes and lost wake-ups left behind."""
    work.sweep()


@task()
def reconcile() -> None:
    """Compare with Stripe and fix what differs."""
    work.reconcile()


@task()
def prune() -> None:
    """Empty old payloads."""
    work.prune()


TASKS: dict[str, Any] = {
    "process_event": process_event,
    "announce_facts": announce_facts,
    "sweep": sweep,
    "reconcile": reconcile,
    "prune": prune,
}
