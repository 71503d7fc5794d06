"""From the arguments of notify() to a Message: checked, copied, not yet saved."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from .. import clock, types
from ..channels import get as channel_named
from ..content.links import check_link
from ..content.params import ParamsEncoder, copy_params
from ..content.rendering import has_text_template, text_of, title_of
from ..content.text import clean_data, clean_text, one_line, scoped_key
from ..exceptions import InvalidNotification
from ..models import Message, Priority
from ..models.content import reference


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
    group_key: str = "",
) -> Message:
    """Return the unsaved Message of a call of notify().

    Raises:
        UnknownType, UnknownChannel: nothing is registered under that name.
        UnsafeLink: ``action_url`` leads to a host that is not allowed.
        InvalidNotification: another argument is wrong, or there is no title.
    """
    kind = types.get(notification_type)
    _check_priority(priority)
    now = clock.now()
    channels = _known(channels)
    if expires_at is None and kind.expires_after is not None:
        expires_at = (send_at or now) + kind.expires_after
    message = Message(
        type=kind.slug,
        title=one_line(title),
        text=clean_text(text),
        action_url=check_link(action_url),
        priority=Priority(priority).value,
        group_key=scoped_key(kind.slug, group_key) if group_key else "",
        params=json_copy(params, "params", copy_params),
        metadata=json_copy(metadata, "metadata"),
        channels=channels,
        created_at=now,
        send_at=aware(send_at, "send_at"),
        expires_at=aware(expires_at, "expires_at"),
    )
    message.actor_model, message.actor_key, message.actor_name = reference(actor)
    message.target_model, message.target_key, message.target_name = reference(target)
    _fill_from_templates(message)
    return message


def _check_priority(priority: str) -> None:
    if priority not in Priority.values:
        raise InvalidNotification(
            f"{priority!r} is not a priority: use one of {', '.join(Priority.values)}."
        )


def _known(channels: Iterable[str] | None) -> list[str] | None:
    if channels is None:
        return None
    names = list(channels)
    for name in names:
        channel_named(name)  # raises UnknownChannel with the remedy
    return names


def _fill_from_templates(message: Message) -> None:
    """Keep what the type's templates say now, for when they or what they name are gone."""
    message.from_templates = not message.title
    message.title = message.title or title_of(message)
    message.text = message.text or text_of(message)
    if not message.title:
        raise InvalidNotification(
            f"A notification needs a title, or the template notifications/{message.type}/title.txt."
        )


def fingerprint(message: Message) -> str:
    """A hash of what the recipient would notice, to tell a repeated call from a changed one."""
    content = [
        message.type,
        *_said(message),
        message.action_url,
        message.priority,
        message.target_model,
        message.target_key,
        message.params,
    ]
    return hashlib.sha256(
        json.dumps(content, sort_keys=True, cls=ParamsEncoder).encode()
    ).hexdigest()


def _said(message: Message) -> list[str]:
    """Title and text as the sender gave them: what templates make of the params is the same
    content in another language, and after a change of the templates.
    """
    if not message.from_templates:
        return [message.title, message.text]
    return ["", "" if has_text_template(message.type) else message.text]


def _plain_copy(data: Mapping[str, Any] | None) -> Any:
    return json.loads(json.dumps(data or {}, cls=DjangoJSONEncoder, allow_nan=False))


def json_copy(
    data: Mapping[str, Any] | None,
    name: str,
    copied: Callable[[Mapping[str, Any] | None], Any] = _plain_copy,
) -> dict[str, Any]:
    """A deep copy as JSON would give it back, so that the caller's dictionary is never shared."""
    try:
        copy = copied(data)
    except (TypeError, ValueError) as error:
        raise InvalidNotification(
            f"{name} must be a dictionary that JSON can hold: {error}"
        ) from error
    if not isinstance(copy, dict):
        raise InvalidNotification(f"{name} must be a dictionary.")
    return dict(clean_data(copy))


def aware(moment: datetime | None, name: str) -> datetime | None:
    if moment is not None and timezone.is_naive(moment):
        raise InvalidNotification(
            f"{name} must be an aware datetime, for example timezone.now() + timedelta(hours=1)."
        )
    return moment
