"""What an earlier crash left unfinished here: stored events, and facts to announce."""

from __future__ import annotations

from ..maintenance import sweep
from .sync import Sync


def finish(sync: Sync) -> None:
    """Let the sweep finish what is due; a sweep with nothing to do is not started."""
    if not sweep.is_anything_due():
        return
    swept = sweep.sweep()
    core = {what: getattr(swept, what) for what in ("events", "facts", "refunds", "left")}
    for what, number in {**core, **swept.others}.items():
        if number:
            sync.count("swept", what, number)
