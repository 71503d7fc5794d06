"""One notification per recipient and key, however many callers send it."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db import models

from .. import clock
from ..content.text import scoped_key
from ..database.insert_select import constant, insert_select
from ..exceptions import DedupeConflict
from ..models import DedupeKey, Folder, Message, Notification


def claim_key(
    users: models.QuerySet[Any], key: str, message: Message, fingerprint: str
) -> models.QuerySet[Any]:
    """Give this key to the users who do not have it, and return those users.

    The unique constraint decides between parallel calls. Raises DedupeConflict if any of the others
    had the key with other content.
    """
    scoped = scoped_key(message.type, key)
    values = {
        "key": scoped,
        "message": message.pk,
        "fingerprint": fingerprint,
        "created_at": message.created_at,
    }
    columns: dict[str, Any] = {
        name: constant(DedupeKey, name, value) for name, value in values.items()
    }
    insert_select(DedupeKey, users, {"recipient": models.F("pk"), **columns}, ignore_conflicts=True)

    claims = DedupeKey.objects.using(users.db).filter(key=scoped)
    others = claims.filter(recipient__in=users.values("pk")).exclude(message=message)
    if others.exclude(fingerprint=fingerprint).exists():
        raise DedupeConflict(
            f"The dedupe key {key!r} of type {message.type!r} was used before with other content: "
            "use a key that changes with what it stands for."
        )
    new = claims.filter(message=message, recipient__in=users.values("pk"))
    return get_user_model()._base_manager.using(users.db).filter(pk__in=new.values("recipient_id"))


def earlier_message(users: models.QuerySet[Any], key: str, message: Message) -> Message:
    """The message that used the key before this one; this one if the key is new."""
    claims = DedupeKey.objects.using(users.db).select_related("message")
    scoped = scoped_key(message.type, key)
    earlier = claims.filter(key=scoped, recipient__in=users.values("pk")).order_by("pk").first()
    return earlier.message if earlier else message


def find_or_recall(
    rows: models.QuerySet[Notification], message: Message, user: Any
) -> Notification:
    """The user's row of a message; one that is not saved if they had it and it was removed since.

    A key outlives its row, so that a deleted notification does not return. Raises DoesNotExist if
    they never had it.
    """
    user_id = getattr(user, "pk", user)
    had = DedupeKey.objects.using(rows.db).filter(recipient=user_id, message=message).exists()
    row = rows.first() if had else rows.get()
    return row or Notification(
        recipient_id=user_id,
        message=message,
        type=message.type,
        priority=message.priority,
        folder=Folder.DELETED,
        read_at=clock.now(),
    )
