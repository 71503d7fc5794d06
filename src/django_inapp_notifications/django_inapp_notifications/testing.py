"""For the tests of your site: what was notified, to whom, and by which channels.

As pytest fixtures (``pytest_plugins = ["django_inapp_notifications.testing"]``), or by hand::

    with notifications_outbox() as outbox:
        register_for_tournament(user)
    outbox.assert_sent("tournament", to=user, channels=["in_app", "email"])
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from . import clock
from .models import Delivery, Folder, Notification, PendingRecipients

try:
    import pytest
except ImportError:  # only its fixtures need it
    pytest = None  # type: ignore[assignment]

__all__ = ["NotificationsOutbox", "frozen_clock", "notifications_outbox", "run_on_commit"]


@dataclass
class NotificationsOutbox:
    """Looks at the notifications that were written since it was opened."""

    after: int = field(default_factory=lambda: _newest_id())

    def all(self) -> list[Notification]:
        rows = Notification.objects.filter(pk__gt=self.after).with_content()
        return list(rows.select_related("recipient").order_by("pk"))

    def find(self, notification_type: str = "", *, to: Any = None) -> list[Notification]:
        """Those of one type, to one user; either may be left out."""
        return [
            each
            for each in self.all()
            if notification_type in ("", each.type)
            and (to is None or each.recipient_id == getattr(to, "pk", to))
        ]

    def assert_sent(
        self,
        notification_type: str,
        *,
        to: Any = None,
        channels: Iterable[str] | None = None,
        at: datetime | None = None,
        count: int = 1,
    ) -> list[Notification]:
        """There are `count` of the type to the user; by these channels, and due at that time."""
        found = self.find(notification_type, to=to)
        assert len(found) == count, (  # noqa: S101
            f"Expected {count} of {notification_type!r} to {to or 'anybody'}, found {len(found)}. "
            f"There are: {[(each.type, str(each.recipient), each.title) for each in self.all()]}"
        )
        for each in found:
            rows = list(Delivery.objects.filter(notification=each))
            if channels is not None:
                used = {row.channel for row in rows} | _inbox(each)
                assert used == set(channels), f"It goes by {sorted(used)}."  # noqa: S101
            if at is not None:
                late = [row.not_before for row in rows if row.not_before != at]
                assert not late, f"It is due at {late[0]}."  # noqa: S101
        return found

    def assert_nothing_sent(self) -> None:
        found = [(each.type, str(each.recipient), each.title) for each in self.all()]
        assert not found, f"There are: {found}"  # noqa: S101
        assert not PendingRecipients.objects.exists(), "Something is scheduled."  # noqa: S101


@contextmanager
def notifications_outbox() -> Iterator[NotificationsOutbox]:
    """Watch what is notified inside the block, and after it."""
    yield NotificationsOutbox()


@contextmanager
def run_on_commit(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Do at the end of the block what waits for a commit that a TestCase never makes."""
    connection = connections[using]
    start = len(connection.run_on_commit)
    yield
    while start < len(connection.run_on_commit):
        callback = connection.run_on_commit.pop(start)[1]
        callback()


@contextmanager
def frozen_clock(moment: datetime) -> Iterator[None]:
    """Freeze this app's clock at `moment` inside the block, in the current thread."""
    with clock.frozen(moment):
        yield


def _inbox(notification: Notification) -> set[str]:
    return set() if notification.folder == Folder.OUTSIDE else {"in_app"}


def _newest_id() -> int:
    return Notification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


if pytest is not None:

    @pytest.fixture(name="notifications_outbox")
    def _notifications_outbox(db: None) -> NotificationsOutbox:  # noqa: ARG001
        """What the test notifies."""
        return NotificationsOutbox()
