"""The recipients of a saved message, written in the transaction that is open."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from .. import types
from ..database.primary import on_primary
from ..dispatch import wake_after_commit
from ..models import Message, Notification
from .audience import audience_chunks
from .compose import fingerprint
from .dedupe import claim_key, earlier_message
from .deliveries import write_deliveries
from .fanout import begin_batch, finish_batch, write_notifications
from .groups import join_groups


@dataclass(frozen=True)
class Sent:
    """The result of a call: the message, and the number of recipients it was written for."""

    message: Message
    count: int

    @property
    def notifications(self) -> models.QuerySet[Notification]:
        """The rows of the message, fetched on access, from where they were written."""
        rows = on_primary(Notification)
        return rows.filter(message=self.message).select_related("message")


def write_recipients(message: Message, recipients: Any, dedupe_key: str | None, using: str) -> Sent:
    """Write a saved message to its recipients, in the transaction that is open."""
    batch = begin_batch(message, using)
    count, users = 0, None
    group = message.group_key
    for users in audience_chunks(recipients, using):
        chosen = users
        if dedupe_key is not None:
            chosen = claim_key(users, dedupe_key, message, fingerprint(message))
        count += write_notifications(batch, chosen)
        if group:
            join_groups(batch, chosen)
    if dedupe_key is not None and users is not None and not count:
        return Sent(earlier_message(users, dedupe_key, message), 0)
    if count and write_deliveries(batch, types.get(message.type)):
        wake_after_commit(message.pk, using)
    finish_batch(batch, count)
    return Sent(message, count)
