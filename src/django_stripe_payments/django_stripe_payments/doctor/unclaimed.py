"""Rows whose app does not register their kind any more. They are left alone, and stop nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..models import SyncCursor
from ..reconcile import steps
from ..stripe_api import attempts, operations

#: Rows named at most; the rest are as the first.
MAX_NAMED = 5

ADVICE = "Add its app to INSTALLED_APPS again, or delete the rows if the app is gone for good."


def findings() -> Iterator[tuple[str, str, str]]:
    """Yield the subject, the result and the advice."""
    unresolved = attempts.unresolved().values_list("kind", flat=True)
    kinds = {kind.partition(" ")[0] for kind in unresolved.iterator()}
    yield from _named("Calls to Stripe", kinds - operations.registered().keys())
    # A cursor is named after its step, as "topups" or "topups:failed".
    cursors = {name.partition(":")[0] for name in SyncCursor.objects.values_list("name", flat=True)}
    yield from _named("Cursors of the reconciliation", cursors - steps.registered().keys())


def _named(what: str, names: set[str]) -> Iterator[tuple[str, str, str]]:
    if names:
        shown = ", ".join(sorted(names)[:MAX_NAMED])
        yield "apps", f"{what} that no installed app registers: {shown}.", ADVICE
