"""What a channel is. One of your own needs a name, a label and send()::

class SmsChannel(Channel):
    name = "sms"
    label = _("Text message")

    def can_reach(self, user):
        return bool(user.phone)

    def send(self, outgoing):
        gateway.send(outgoing.user.phone, f"{outgoing.title} {outgoing.link}")
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.utils.functional import Promise

from ..exceptions import ChannelDown, PermanentFailure
from ..models import Message

__all__ = ["Channel", "Line", "Outcome", "Outgoing"]


@dataclass(frozen=True)
class Line:
    """One notification of a digest, in the user's language."""

    title: str
    text: str
    #: Who it was, if many alike are one line: "Ana and 3 others"; else "".
    names: str = ""

    def __str__(self) -> str:
        return f"{self.title} ({self.names})" if self.names else self.title


@dataclass(frozen=True)
class Outgoing:
    """One thing to send to one user, in the user's language."""

    user: Any
    title: str
    text: str
    #: Absolute address that the recipient may open; "" if there is none.
    link: str
    #: The same for each try, so that a provider or a mail client can tell a repetition.
    key: str
    #: The notifications that it is about: one, or those of a digest.
    messages: Sequence[Message]
    #: Ids of the notifications, in the same order.
    notification_ids: Sequence[int] = ()
    is_digest: bool = False
    #: Of a digest, in the same order.
    lines: Sequence[Line] = ()
    #: Of the recipient, for the dates that a channel renders; None is the site's own.
    time_zone: tzinfo | None = None
    #: Counts what the user has not read at this moment, for the number on an app's icon.
    count_unread: Callable[[], int] | None = None

    @property
    def items(self) -> Sequence[Line]:
        """The lines of a digest; made of its messages, in the active language, if it has none."""
        return self.lines or [Line(each.shown_title, each.shown_text) for each in self.messages]


@dataclass(frozen=True)
class Outcome:
    """What became of one thing: no error means that the provider has it."""

    outgoing: Outgoing
    error: Exception | None = None

    @property
    def is_permanent(self) -> bool:
        return isinstance(self.error, PermanentFailure)

    @property
    def is_outage(self) -> bool:
        return isinstance(self.error, ChannelDown)


class Channel:
    name = ""
    label: str | Promise = ""
    #: Whether it can send several notifications as one.
    digests = False

    def can_reach(self, user: Any) -> bool:
        """Whether there is an address to send to."""
        return True

    def send(self, outgoing: Outgoing) -> None:
        """Send one; raise PermanentFailure, ChannelDown, or else it is tried again."""
        raise NotImplementedError

    def send_batch(self, batch: Iterable[Outgoing]) -> Iterator[Outcome]:
        """Send each and yield what became of it at once, so that it can be noted at once."""
        for outgoing in batch:
            yield self.attempt(outgoing)

    def attempt(self, outgoing: Outgoing) -> Outcome:
        """One try; whatever happens to it stops none of the others."""
        try:
            self.send(outgoing)
        except Exception as error:
            return Outcome(outgoing, error)
        return Outcome(outgoing)
