"""A user as the subject of what others were sent: their name and key in messages and groups.

Messages name their actor and target loosely, so deleting the user's row leaves the name in what
is on the screens of others. What a site wrote about a user without passing them to notify() as
`actor` or `target` cannot be found here.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext, override

from ..conf import settings
from ..content.text import one_line, scoped_key
from ..models import (
    DedupeKey,
    Message,
    Notification,
    NotificationGroup,
    ObjectPreference,
    PreferenceChange,
)
from ..models.content import reference

ROLES = ("actor", "target")
CHUNK = 500


def mentions(user: Any) -> list[dict[str, Any]]:
    """Where the user is named in what others were sent: type, role, name and time of each."""
    return [
        {"type": row.type, "role": role, "name": name, "created_at": row.created_at}
        for row in _about(user, Message.objects.all()).order_by("pk").iterator()
        for role, name in _roles(row, user)
    ]


def anonymize(user: Any, using: str) -> None:
    """Take the user's name and key out of messages, groups, keys and others' preferences.

    Where the name stood, others read "Deleted user", in the language of the site.
    """
    with override(settings.LANGUAGE_CODE):
        instead = gettext("Deleted user")
    names = {one_line(user)}
    for rows in _chunks(_about(user, Message.objects.using(using))):
        for row in rows:
            names |= _anonymize(row, user, instead)
        fields = [f"{role}_{part}" for role in ROLES for part in ("model", "key", "name")]
        fields += ["title", "text", "params", "metadata", "action_url", "group_key"]
        Message.objects.using(using).bulk_update(rows, fields)
        _anonymize_keys(rows, names, using)
    _anonymize_groups(names, instead, using)
    model, key, _ = reference(user)
    ObjectPreference.objects.using(using).filter(model=model, key=key).delete()
    changes = PreferenceChange.objects.using(using)
    changes.filter(what=f"{model} {key}").update(what=model)
    changes.filter(actor=user).update(actor=None)


def _about(user: Any, rows: models.QuerySet[Message]) -> models.QuerySet[Message]:
    model, key, _ = reference(user)
    return rows.filter(
        models.Q(actor_model=model, actor_key=key) | models.Q(target_model=model, target_key=key)
    )


def _roles(row: Message, user: Any) -> Iterator[tuple[str, str]]:
    """As what a message names the user, and by which name."""
    model, key, _ = reference(user)
    for role in ROLES:
        if (getattr(row, f"{role}_model"), getattr(row, f"{role}_key")) == (model, key):
            yield role, getattr(row, f"{role}_name")


def _anonymize(row: Message, user: Any, instead: str) -> set[str]:
    """Change the message in memory; return the names that it had for the user."""
    roles = dict(_roles(row, user))
    names = {*filter(None, roles.values()), one_line(user)}
    for role in roles:
        setattr(row, f"{role}_model", "")
        setattr(row, f"{role}_key", "")
        setattr(row, f"{role}_name", instead)
    row.title, row.text = (
        one_line(_hide(row.title, names, instead)),
        _hide(row.text, names, instead),
    )
    row.params, row.metadata = (_hide(each, names, instead) for each in (row.params, row.metadata))
    # A link to the user's own page, or with their name in it.
    if "target" in roles or _hide(row.action_url, names, "") != row.action_url:
        row.action_url = ""
    row.group_key = _hide_key(row.group_key, names)
    return names


def _anonymize_keys(rows: Iterable[Message], names: set[str], using: str) -> None:
    keys = DedupeKey.objects.using(using).filter(message__in=[row.pk for row in rows])
    changed = []
    for each in keys:
        if (hidden := _hide_key(each.key, names)) != each.key:
            each.key = hidden
            changed.append(each)
    DedupeKey.objects.using(using).bulk_update(changed, ["key"], batch_size=CHUNK)


def _anonymize_groups(names: set[str], instead: str, using: str) -> None:
    """Groups that show one of the names. A group without a row any more goes as a whole."""
    groups = NotificationGroup.objects.using(using)
    for rows in _chunks(groups.all()):
        named = [row for row in rows if names & set(map(str, row.actors)) or _has(row.key, names)]
        heads = Notification.objects.using(using).in_bulk([row.head for row in named])
        groups.filter(pk__in=[row.pk for row in named if row.head not in heads]).delete()
        kept = [row for row in named if row.head in heads]
        for row in kept:
            row.actors = [instead if name in names else name for name in row.actors]
            row.key = _hide_key(row.key, names)
        groups.bulk_update(kept, ["actors", "key"])


def _pattern(names: set[str]) -> re.Pattern[str]:
    # A name of one letter would be found in every sentence.
    longest_first = sorted((name for name in names if len(name) > 1), key=len, reverse=True)
    if not longest_first:
        return re.compile(r"(?!)")  # which matches nothing
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _has(text: str, names: set[str]) -> bool:
    return bool(_pattern(names).search(text))


def _hide(value: Any, names: set[str], instead: str) -> Any:
    """Plain data with the names replaced, as whole words, in all of its strings."""
    if isinstance(value, str):
        return _pattern(names).sub(lambda _: instead, value)
    if isinstance(value, dict):
        return {key: _hide(each, names, instead) for key, each in value.items()}
    if isinstance(value, list):
        return [_hide(each, names, instead) for each in value]
    return value


def _hide_key(key: str, names: set[str]) -> str:
    """A key that holds a name becomes one that does not, the same for the same key."""
    kind, _, _ = key.partition(":")
    return (
        scoped_key(kind, f"erased-{hashlib.sha256(key.encode()).hexdigest()}")
        if key and _has(key, names)
        else key
    )


def _chunks(rows: models.QuerySet[Any, Any]) -> Iterator[list[Any]]:
    """All of the rows in order of their keys, also if a chunk is changed or removed meanwhile."""
    last: Any = None
    while True:
        left = rows.order_by("pk") if last is None else rows.order_by("pk").filter(pk__gt=last)
        if not (chunk := list(left[:CHUNK])):
            return
        last = chunk[-1].pk
        yield chunk
