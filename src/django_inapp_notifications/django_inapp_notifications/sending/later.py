"""Recipients that are written later: scheduled, or too many for one request.

Each row of PendingRecipients is a chunk of keys. Its notifications are written and the row is
removed in one transaction, so an interrupted run resumes where it stopped, and no user is notified
twice.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import router, transaction

from .. import clock
from ..content.text import traceback_text
from ..leases import LeasedRows, claim, finish, retry_delay
from ..models import Message, PendingRecipients
from .audience import audience_keys
from .write import write_recipients

logger = logging.getLogger(__name__)


def store_recipients(
    message: Message, recipients: Any, send_at: datetime | None, dedupe_key: str, using: str
) -> int:
    """Store the recipients of a message to write at its time, or soon. Return their number."""
    count, not_before = 0, send_at or clock.database_now(using)
    for keys in audience_keys(recipients, using):
        plain = [_plain(key) for key in keys]
        PendingRecipients.objects.using(using).create(
            message=message, recipients=plain, not_before=not_before, dedupe_key=dedupe_key
        )
        count += len(keys)
    return count


def write_due_recipients(limit: int | None = None) -> int:
    """Write the chunks that are due and return the number of notifications.

    It takes no further chunk once there are `limit`.
    """
    count = 0
    for lease, row in _claimed():
        try:
            count += _write(row, lease)
        except Exception as error:  # of this chunk: the rest is to go on
            text = "Recipients of message %s could not be written.\n%s"
            logger.error(text, row.message_id, traceback_text(error))
            # The pauses grow. If the process dies, the start of the attempt has set a later time.
            finish(row, lease, after=retry_delay(row.attempts))
        if limit is not None and count >= limit:
            break
    return count


def cancel(message: Message) -> None:
    """Cancel a notification: recipients who do not have it yet will not get it."""
    Message.objects.filter(pk=message.pk, canceled_at=None).update(canceled_at=clock.now())
    PendingRecipients.objects.filter(message=message).delete()


def withdraw_recipient(user: Any, using: str) -> list[int]:
    """Remove a user from the pending recipients; return the messages that lost a row by it.

    Of such rows there are few at a time.
    """
    key, emptied = _plain(user.pk), []
    rows = PendingRecipients.objects.using(using)
    for row in rows.iterator():
        rest = [each for each in row.recipients if each != key]
        if not rest:
            rows.filter(pk=row.pk).delete()
            emptied.append(row.message_id)
        elif len(rest) < len(row.recipients):
            rows.filter(pk=row.pk).update(recipients=rest)
    return emptied


def _claimed() -> Iterator[tuple[Any, PendingRecipients]]:
    while True:
        lease, rows = claim(PendingRecipients.objects.all(), 1)
        if not rows:
            return
        if LeasedRows(lease, rows).start(rows[0]):
            yield lease, rows[0]


def _write(row: PendingRecipients, lease: Any) -> int:
    using = router.db_for_write(PendingRecipients)
    with transaction.atomic(using=using):
        if not PendingRecipients.objects.using(using).filter(pk=row.pk, lease=lease).delete()[0]:
            return 0  # another process has it, or it was canceled
        message = Message.objects.using(using).get(pk=row.message_id)
        if message.canceled_at is not None:
            return 0
        return write_recipients(message, row.recipients, row.dedupe_key or None, using).count


def _plain(key: Any) -> Any:
    """A key as a JSON value; to_python() of the key's field reads it back."""
    if isinstance(key, int | str):
        return key
    # A UUID, for example. value_to_string() needs an instance, which need not be saved.
    user = get_user_model()(pk=key)
    return user._meta.pk.value_to_string(user)
