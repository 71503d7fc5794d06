"""The interface to channels and signals through which a dispatcher sends."""

import logging
from collections.abc import Generator, Iterable, Iterator

from .. import channels
from ..channels.base import Outcome, Outgoing
from ..content.text import traceback_text
from ..models import Delivery
from ..signals import delivery_failed, delivery_sent
from .breaker import note_failure

logger = logging.getLogger(__name__)


class Outlet:
    """The site's own channels, and the receivers of its signals. A simulation brings another."""

    def send(self, channel: str, batch: Iterable[Outgoing]) -> Iterator[Outcome]:
        """Hand a batch to a channel."""
        return iter(channels.get(channel).send_batch(batch))

    def report_sent(self, delivery: Delivery) -> None:
        delivery_sent.send_robust(sender=Delivery, delivery=delivery)

    def report_failed(self, delivery: Delivery, error: str) -> None:
        delivery_failed.send_robust(sender=Delivery, delivery=delivery, error=error)

    def outcomes(self, channel: str, batch: Iterable[Outgoing]) -> Generator[Outcome | Exception]:
        """Yield what a channel yields; what it raises itself is an outage, and comes last."""
        try:
            yield from self.send(channel, batch)
        except Exception as error:  # of this channel: the others go on
            logger.error("The channel %r failed.\n%s", channel, traceback_text(error))
            note_failure(channel, error)
            yield error
