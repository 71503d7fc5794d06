"""Signals whose receivers can be called one by one and are known by name.

``Signal.send_robust`` runs all receivers in one go and forgets who failed. Here each receiver
has a durable name, under which the database remembers whether it has had its turn.
"""

import weakref
from collections.abc import Callable, Iterator
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.dispatch import Signal

Receiver = Callable[..., Any]

#: The column that holds a name is indexed, and MariaDB limits the length of an index.
MAX_NAME = 200


class FactSignal(Signal):
    """A Django signal that is announced through the database, once per receiver and fact.

    Connect to it as to any signal. A receiver is remembered by its ``dispatch_uid`` if it has
    one, else by its module and qualified name, so renaming a function makes it a new receiver;
    facts that were announced before are not announced to it again.
    """

    def connect(
        self,
        receiver: Receiver,
        sender: object | None = None,
        weak: bool = True,
        dispatch_uid: Any = None,
    ) -> None:
        """Connect like ``Signal.connect``; raise ValueError if the receiver's name is taken."""
        name = _name(dispatch_uid, receiver)
        if len(name) > MAX_NAME:
            msg = f"{name!r} is too long for a receiver's name: give a dispatch_uid of up to 200."
            raise ValueError(msg)
        # Django ignores a second connect with the same dispatch_uid; only two functions that
        # are known by nothing but the same name would be taken for one.
        clash = any(
            _name(uid, other) == name and other != receiver for uid, _, other in self._connected()
        )
        if clash and not dispatch_uid:
            msg = f"Another receiver is connected as {name!r}: give one of them a dispatch_uid."
            raise ValueError(msg)
        super().connect(receiver, sender, weak, dispatch_uid)

    def live_receivers(self, sender: object) -> dict[str, Receiver]:
        """Return the receivers that are connected now, by name, in order of connection."""
        wanted = {id(None), id(sender)}
        return {
            _name(uid, receiver): receiver
            for uid, sender_id, receiver in self._connected()
            if sender_id in wanted
        }

    def call(self, receiver: Receiver, sender: object, **named: Any) -> None:
        """Run one receiver, synchronous or not, in the calling thread's transaction."""
        run = async_to_sync(receiver) if iscoroutinefunction(receiver) else receiver
        run(signal=self, sender=sender, **named)

    def _connected(self) -> Iterator[tuple[Any, int, Receiver]]:
        with self.lock:
            entries = list(self.receivers)
        for (uid, sender_id), reference, *_rest in entries:
            weak = isinstance(reference, weakref.ReferenceType)
            receiver = reference() if weak else reference
            if receiver is not None:
                yield uid, sender_id, receiver


def _name(uid: Any, receiver: Receiver) -> str:
    # Without a dispatch_uid Django keys a receiver by numbers, which mean nothing tomorrow.
    if isinstance(uid, str) and uid:
        return uid
    described = receiver if hasattr(receiver, "__qualname__") else type(receiver)
    return f"{described.__module__}.{described.__qualname__}"
