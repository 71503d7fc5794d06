"""What a user wants: rows where they differ from what the types declare, and how rows change."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.db import router, transaction
from django.utils.text import Truncator

from .. import clock, types
from ..channels import IN_APP, all_channels
from ..channels import get as channel_named
from ..database.primary import on_primary
from ..inbox.badge import forget_counts
from ..models import (
    ALL_TYPES,
    NotificationPreference,
    NotificationSettings,
    ObjectPreference,
    PreferenceChange,
)
from ..models.content import reference
from ..quiet_hours import QuietHours
from ..signals import preference_changed
from ..types import NotificationType
from .reconsider import TIMING, reconsider


@dataclass
class Preferences:
    """What one user wants, ready to be asked without further queries."""

    settings: NotificationSettings
    cells: dict[tuple[str, str], NotificationPreference] = field(default_factory=dict)
    muted_objects: set[tuple[str, str]] = field(default_factory=set)

    def verdict(
        self, kind: NotificationType, channel: str, asked: Iterable[str] | None = None
    ) -> tuple[bool, str]:
        """Whether the user wants this type on this channel, and the rule that decided it.

        `asked` are the channels that the sender named instead of the type's own.
        """
        default = channel in (kind.channels if asked is None else asked)
        if kind.locked and channel in kind.channels:
            return default, "locked"
        if channel != IN_APP and self.is_muted:
            return False, "muted"
        whole = self.cells.get((ALL_TYPES, channel))
        if whole is not None and not whole.enabled:
            return False, "channel_off"
        cell = self.cells.get((kind.slug, channel))
        if cell is not None and not cell.enabled:
            return False, "type_off"
        if cell is not None and asked is None:
            return True, "type_on"
        return default, "default" if asked is None else "asked"

    @property
    def is_muted(self) -> bool:
        until = self.settings.muted_until
        return self.settings.muted or (until is not None and until > clock.now())

    @property
    def paused_until(self) -> datetime | None:
        """The end of a pause that has one; None without such a pause."""
        return self.settings.muted_until if self.is_muted and not self.settings.muted else None

    def frequency(self, channel: str) -> str:
        whole = self.cells.get((ALL_TYPES, channel))
        return whole.frequency if whole else ""

    @property
    def quiet(self) -> QuietHours | None:
        return self.settings.quiet


def load(user_ids: Iterable[Any], channels: Iterable[str] | None = None) -> dict[Any, Preferences]:
    """The preferences of many users, in three queries, from where they are written."""
    ids = list(user_ids)
    stored = on_primary(NotificationSettings).filter(user_id__in=ids)
    found = {each.user_id: each for each in stored}
    loaded = {
        user_id: Preferences(found.get(user_id) or NotificationSettings(user_id=user_id))
        for user_id in ids
    }
    rows = on_primary(NotificationPreference).filter(user_id__in=ids)
    for row in rows if channels is None else rows.filter(channel__in=channels):
        loaded[row.user_id].cells[row.type, row.channel] = row
    muted = on_primary(ObjectPreference).filter(user_id__in=ids, muted=True)
    for user_id, model, key in muted.values_list("user_id", "model", "key"):
        loaded[user_id].muted_objects.add((model, key))
    return loaded


def set_type(
    user: Any, notification_type: str, channel: str, enabled: bool, *, how: str, actor: Any = None
) -> None:
    """Switch one type on one channel: one row written, one change noted."""
    _set_cell(user, notification_type, channel, {"enabled": enabled}, how=how, actor=actor)


def set_channel(user: Any, channel: str, enabled: bool, *, how: str, actor: Any = None) -> None:
    """Switch a whole channel on or off; what was chosen for the types is kept."""
    _set_cell(user, ALL_TYPES, channel, {"enabled": enabled}, how=how, actor=actor)


def set_frequency(user: Any, channel: str, frequency: str, *, how: str, actor: Any = None) -> None:
    """Get a channel's notifications at once, or as a digest."""
    _set_cell(user, ALL_TYPES, channel, {"frequency": frequency}, how=how, actor=actor)


def change_settings(user: Any, values: dict[str, Any], *, how: str, actor: Any = None) -> None:
    """Change fields of NotificationSettings; only those that differ are written and noted."""
    user_id = getattr(user, "pk", user)
    with transaction.atomic(using=router.db_for_write(NotificationSettings)):
        own, _ = NotificationSettings.objects.get_or_create(user_id=user_id)
        changed = {name: value for name, value in values.items() if getattr(own, name) != value}
        for name, value in changed.items():
            _note(user_id, name, getattr(own, name), value, how, actor)
            setattr(own, name, value)
        if changed:
            own.full_clean()
            own.save(update_fields=list(changed))
            if TIMING & set(changed):
                reconsider(user_id)
            forget_counts([user_id], router.db_for_write(NotificationSettings))


def follow(user: Any, thing: Any, *, how: str = "code", actor: Any = None) -> None:
    """Count the user among the followers of an object."""
    _set_object(user, thing, False, how, actor)


def mute_object(user: Any, thing: Any, *, how: str = "code", actor: Any = None) -> None:
    """Send the user nothing more about an object, by no outside channel."""
    _set_object(user, thing, True, how, actor)


def unfollow(user: Any, thing: Any, *, how: str = "code", actor: Any = None) -> None:
    """Neither followed nor muted."""
    _set_object(user, thing, None, how, actor)


def followers(thing: Any) -> Any:
    """A QuerySet of the users who follow an object, ready for notify()."""
    from django.contrib.auth import get_user_model

    model, key, _ = reference(thing)
    rows = ObjectPreference.objects.filter(model=model, key=key, muted=False)
    return get_user_model()._default_manager.filter(pk__in=rows.values("user_id"))


def _set_object(user: Any, thing: Any, muted: bool | None, how: str, actor: Any) -> None:
    """One row that says muted or followed; none for None."""
    model, key, _ = reference(thing)
    user_id, words = getattr(user, "pk", user), {True: "muted", False: "followed", None: ""}
    with transaction.atomic(using=router.db_for_write(ObjectPreference)):
        row = on_primary(ObjectPreference).filter(user_id=user_id, model=model, key=key)
        before = row.values_list("muted", flat=True).first()
        if before == muted:
            return
        if muted is None:
            row.delete()
        else:
            ObjectPreference.objects.update_or_create(
                user_id=user_id, model=model, key=key, defaults={"muted": muted}
            )
        what = Truncator(f"{model} {key}").chars(120)
        _note(user_id, what, words[before], words[muted], how, actor)


def _set_cell(
    user: Any,
    notification_type: str,
    channel: str,
    values: dict[str, Any],
    *,
    how: str,
    actor: Any,
) -> None:
    if notification_type != ALL_TYPES:
        types.get(notification_type)
    if channel not in all_channels():
        channel_named(channel)  # raises UnknownChannel with the remedy
    user_id = getattr(user, "pk", user)
    with transaction.atomic(using=router.db_for_write(NotificationPreference)):
        row = (
            on_primary(NotificationPreference)
            .filter(user_id=user_id, type=notification_type, channel=channel)
            .first()
        )
        before = {name: getattr(row, name) if row else None for name in values}
        if row is not None and before == values:
            return
        NotificationPreference.objects.update_or_create(
            user_id=user_id, type=notification_type, channel=channel, defaults=values
        )
        if "frequency" in values:
            reconsider(user_id)
        for name, value in values.items():
            what = f"{notification_type}/{channel}" + ("" if name == "enabled" else f"/{name}")
            _note(user_id, what, before[name], value, how, actor)


def _note(user_id: Any, what: str, old: Any, new: Any, how: str, actor: Any) -> None:
    words = {True: "on", False: "off", None: ""}
    change = PreferenceChange.objects.create(
        user_id=user_id,
        actor=actor,
        what=what,
        old=words.get(old, str(old)) if isinstance(old, bool) or old is None else str(old)[:100],
        new=words.get(new, str(new)) if isinstance(new, bool) or new is None else str(new)[:100],
        how=how,
    )
    send = partial(preference_changed.send_robust, sender=PreferenceChange, change=change)
    transaction.on_commit(
        lambda: send() and None, using=router.db_for_write(PreferenceChange), robust=True
    )
