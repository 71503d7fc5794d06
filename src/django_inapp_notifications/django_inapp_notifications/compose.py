"""From the arguments of notify() to a Message: checked, copied, not yet saved."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.text import Truncator

from . import types
from .exceptions import InvalidNotification
from .links import check_link
from .models import Message, Priority
from .models.content import TITLE_LENGTH, reference

__all__ = ["compose", "fingerprint"]


def compose(
    notification_type: str,
    *,
    title: str,
    text: str,
    action_url: str,
    priority: str,
    actor: Any,
    target: Any,
    params: Mapping[str, Any] | None,
    metadata: Mapping[str, Any] | None,
    channels: Iterable[str] | None,
    expires_at: datetime | None,
    send_at: datetime | None,
) -> Message:
    """The unsaved Message, or the error that tells the sender what to change."""
    kind = types.get(notification_type)
    if priority not in Priority.values:
        raise InvalidNotification(
            f"{priority!r} is no priority: use one of {', '.join(Priority.values)}."
        )
    title = one_line(title)
    if not title:
        raise InvalidNotification("A notification needs a title.")
    now = timezone.now()
    if expires_at is None and kind.expires_after is not None:
        expires_at = (send_at or now) + kind.expires_after
    message = Message(
        type=kind.slug,
        title=title,
        text=clean_text(text),
        action_url=check_link(action_url),
        priority=Priority(priority).value,
        params=json_copy(params, "params"),
        metadata=json_copy(metadata, "metadata"),
        channels=None if channels is None else list(channels),
        created_at=now,
        send_at=aware(send_at, "send_at"),
        expires_at=aware(expires_at, "expires_at"),
    )
    message.actor_model, message.actor_key, message.actor_name = reference(actor)
    message.target_model, message.target_key, message.target_name = reference(target)
    return message


def fingerprint(message: Message) -> str:
    """A hash of what the recipient would notice, to tell a repeated call from a changed one."""
    content = [
        message.type,
        message.title,
        message.text,
        message.action_url,
        message.priority,
        message.target_model,
        message.target_key,
        message.params,
    ]
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder).encode()
    ).hexdigest()


def one_line(text: Any) -> str:
    """A title: one line without control characters, shortened with "…" if it is too long."""
    line = " ".join(clean_text(text).split())
    return Truncator(line).chars(TITLE_LENGTH)


def clean_text(text: Any) -> str:
    """Text without the control characters that databases, mail and terminals stumble over."""
    return "".join(
        char for char in str(text or "") if char in "\n\t" or (char >= " " and char != "\x7f")
    ).strip()


def json_copy(data: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    """A deep copy as JSON would give it back, so that the caller's dictionary is never shared."""
    try:
        copy = json.loads(json.dumps(data or {}, cls=DjangoJSONEncoder, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InvalidNotification(
            f"{name} must be a dictionary that JSON can hold: {error}"
        ) from error
    if not isinstance(copy, dict):
        raise InvalidNotification(f"{name} must be a dictionary.")
    return copy


def aware(moment: datetime | None, name: str) -> datetime | None:
    if moment is not None and timezone.is_naive(moment):
        raise InvalidNotification(
            f"{name} must be an aware datetime, for example timezone.now() + timedelta(hours=1)."
        )
    return moment
