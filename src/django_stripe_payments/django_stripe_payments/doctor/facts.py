"""Facts that nothing here can announce."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from ..facts.announce import unannounceable


def findings() -> Iterator[tuple[str, str, str]]:
    """Yield one finding for each kind of facts that no installed app registers."""
    waiting = unannounceable().order_by("kind").values_list("kind").annotate(Count("pk"))
    for kind, count in waiting:
        yield (
            "facts",
            f"{count} facts of kind {kind} wait: no installed app registers this kind.",
            "Install the app that wrote them, or the newer version of it, and they are announced; "
            "or close them by hand in the admin.",
        )
