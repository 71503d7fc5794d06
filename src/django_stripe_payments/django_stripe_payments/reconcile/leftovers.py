"""What an earlier crash left unfinished here: stored events, and facts to announce."""

from __future__ import annotations

from ..maintenance import sweep
from .sync import Sync


def finish(sync: Sync) -> None:
    """Let the sweep finish what is due; a sweep with nothing to do is not started."""
    if not sweep.is_anything_due():
        return
    swept = sweep.sweep()
    for what in ("events", "facts", "refunds", "left"):
        number = getattr(swept, what)
        if number:
            sync.count("swept", what, number)
