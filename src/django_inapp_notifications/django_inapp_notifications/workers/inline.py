"""No broker, no worker: deliver in the process that wrote the rows, or leave it to the sweep."""

from ..conf import settings
from ..delivery.deliver import deliver_due
from ..dispatch import Dispatcher


class InlineDispatcher(Dispatcher):
    """The default. Deliver right after the commit, at most NOTIFICATION_INLINE_LIMIT at once."""

    def message_written(self, message_id: int) -> None:
        deliver_due(limit=settings.NOTIFICATION_INLINE_LIMIT, message_id=message_id)

    def recipients_stored(self) -> None:
        """Leave them to the sweep: there may be a hundred thousand.

        What is due besides goes now, as after any other message.
        """
        deliver_due(limit=settings.NOTIFICATION_INLINE_LIMIT)


class SweepOnlyDispatcher(Dispatcher):
    """Leave everything to the sweep."""

    def message_written(self, message_id: int) -> None:
        return None

    def recipients_stored(self) -> None:
        return None
