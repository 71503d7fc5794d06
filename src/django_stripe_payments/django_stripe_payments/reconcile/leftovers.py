"""What is left unfinished here: calls without an outcome, stored events, facts to announce."""

from __future__ import annotations

from ..maintenance import sweep
from . import unknown_calls
from .sync import Sync


def finish(sync: Sync) -> None:
    """Let the sweep finish what is due; a sweep with nothing to do is not started."""
    unknown_calls.resolve_again(sync)
    if not sweep.is_anything_due():
        return
    swept = sweep.sweep()
    core = {what: getattr(swept, what) for what in ("events", "facts", "refunds", "left")}
    for what, number in {**core, **swept.others}.items():
        if number:
            sync.count("swept", what, number)
