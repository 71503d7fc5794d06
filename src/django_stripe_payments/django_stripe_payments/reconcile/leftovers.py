"""What an earlier crash left unfinished here: stored events, and facts that nobody was told."""

from __future__ import annotations

from ..maintenance import sweep
from .sync import Sync


def finish(sync: Sync) -> None:
    """Let the sweep finish what is due; one that has nothing to do is not begun."""
    if not sweep.is_anything_due():
        return
    swept = sweep.sweep()
    for what in ("events", "facts", "refunds", "left"):
        number = getattr(swept, what)
        if number:
            sync.count("swept", what, number)
