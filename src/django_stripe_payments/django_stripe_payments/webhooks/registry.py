"""Functions that apply events, beside the methods of WebhookHandler.

An opt-in app, or a site, registers them in ``ready()`` of its AppConfig::

    from django_stripe_payments.webhooks import register_handler

    register_handler(handle_topup, "topup.created", "topup.succeeded")

They are looked up when an event is applied. A type may have several, of several apps, and may have
a method of WebhookHandler as well: the method comes first, then the functions in the order of
their registration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..models import WebhookEvent
from ..stripe_api.client import is_live

#: Marks the event as applied. See ``register_handler``.
CommitWith = Callable[[], None]

Handler = Callable[[WebhookEvent, CommitWith], None]

#: Whether the events are those of connected accounts → event type → what applies them.
_tables: dict[bool, dict[str, list[Handler]]] = {False: {}, True: {}}


def register_handler(handler: Handler, *types: str, connected: bool = False) -> None:
    """Let a function apply the events of these types. Registering it again changes nothing.

    It is called with the event's row and ``commit_with``. It may call Stripe, opens its own
    transactions, and is called again for an event that was applied before: so it must change
    nothing the second time, in any order of the events. If it raises, the event is tried again
    later, from the start.

    ``commit_with()`` marks the event as applied. Call it once, as the last write of the last
    ``own_transaction()``: then the mark commits with what the event changed. A function that does
    not call it, because it changed nothing or has several transactions, is marked afterwards.

    Args:
        handler: the function.
        types: the types of snapshot events ("topup.succeeded"), whose thin twins it gets too, or
            of thin events that have no such twin ("v2.core.pinged").
        connected: whether it applies the events of connected accounts, and no others. Their
            ``account`` says whose they are; thin events of accounts are only stored.
    """
    for name in types:
        handlers = _tables[connected].setdefault(name, [])
        if handler not in handlers:
            handlers.append(handler)


def unregister_handler(handler: Handler) -> None:
    """Remove a function from every type, for a test."""
    for table in _tables.values():
        for name in [name for name, handlers in table.items() if handler in handlers]:
            table[name].remove(handler)
            if not table[name]:
                del table[name]


def handlers_of(event: WebhookEvent) -> list[Handler]:
    """Return the functions that apply the event, in order.

    An event of a connected account is about that account's objects, never about ours; and a live
    endpoint gets the test events of accounts too, which change nothing.
    """
    if event.account and (event.is_thin or event.livemode != is_live()):
        return []
    table = _tables[bool(event.account)]
    names = dict.fromkeys([event.type, event.snapshot_type])
    return list(dict.fromkeys(each for name in names for each in table.get(name, ())))


def registered_types(*, connected: bool = False) -> frozenset[str]:
    """Return the types that have functions."""
    return frozenset(_tables[connected])


def run(handlers: Sequence[Handler], event: WebhookEvent, commit_with: CommitWith) -> None:
    """Call the functions; only the last one marks the event as applied."""
    for handler in handlers:
        handler(event, commit_with if handler is handlers[-1] else _not_yet)


def _not_yet() -> None:
    """Another function has still to apply the event."""
