"""The lines of the list, made ready for the template: each thing is looked up and put once.

A page has dozens of lines with a dozen addresses and names each; a template that asks for them
one by one takes longer than the database. They are dictionaries, whose keys a template finds in
one step, and what they say is escaped, so that a word on every line is escaped once.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, TypedDict

from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext

from ..conf import settings
from ..models import Notification, Priority

#: Priorities that a line names.
URGENT = {Priority.HIGH, Priority.URGENT}

TEXT_LENGTH = 240

ACTIONS = ("detail", "mark_as_read", "mark_as_unread", "unpin", "delete")

#: What stands before and after something, escaped.
Around = tuple[SafeString, SafeString]


class Control(TypedDict):
    """A button of a line."""

    url: SafeString
    word: SafeString
    #: What a screen reader says of it.
    label: SafeString


class Row(TypedDict):
    """One notification, with its texts in the active language and its controls."""

    notification: Notification
    #: Digits without the separators that a site may show numbers with.
    id: SafeString
    url: SafeString
    title: SafeString
    #: As much of it as a line shows.
    text: SafeString
    kind: SafeString
    priority: str
    is_read: bool
    created_at: datetime
    iso_time: str
    #: Whether it is grouped, pinned, snoozed or pressing. Most are not: that saves four questions.
    is_marked: bool
    #: What a screen reader says of the checkbox, and of the dot.
    select: SafeString
    unread: SafeString
    #: As read or as unread: what it is not.
    mark: Control
    unpin: Control | None
    delete: Control


class _Frames:
    """What all lines have in common, put together once."""

    def __init__(self) -> None:
        urlconf = get_urlconf() or settings.ROOT_URLCONF
        self.urls = _addresses(urlconf, get_script_prefix(), get_language())
        self.select = _around(gettext("Select “%(title)s”"), "%(title)s")
        self.unread = escape(gettext("Unread:"))
        self.words = {
            "mark_as_read": escape(gettext("Mark read")),
            "mark_as_unread": escape(gettext("Mark unread")),
            "unpin": escape(gettext("Unpin")),
            "delete": escape(gettext("Delete")),
        }
        labels = {
            "mark_as_read": gettext("Mark “%(title)s” as read"),
            "mark_as_unread": gettext("Mark “%(title)s” as unread"),
            "unpin": gettext("Unpin “%(title)s”"),
            "delete": gettext("Delete “%(title)s”"),
        }
        self.labels = {name: _around(label, "%(title)s") for name, label in labels.items()}

    def control(self, name: str, pk: SafeString, title: SafeString) -> Control:
        return Control(
            url=_within(self.urls[name], pk),
            word=self.words[name],
            label=_within(self.labels[name], title),
        )


def rows_of(notifications: Iterable[Notification]) -> list[Row]:
    frames = _Frames()
    return [_row(each, frames) for each in notifications]


def _row(notification: Notification, frames: _Frames) -> Row:
    pk, title, text = str(notification.pk), notification.title, notification.text
    digits, name = escape(pk), escape(title)
    is_read = notification.is_read
    return Row(
        notification=notification,
        id=digits,
        url=_within(frames.urls["detail"], digits),
        title=name,
        text=escape(text if len(text) <= TEXT_LENGTH else Truncator(text).chars(TEXT_LENGTH)),
        kind=escape(str(notification.kind)),
        priority=notification.priority,
        is_read=is_read,
        created_at=notification.created_at,
        iso_time=notification.created_at.isoformat(),
        is_marked=_is_marked(notification),
        select=_within(frames.select, name),
        unread=frames.unread,
        mark=frames.control("mark_as_unread" if is_read else "mark_as_read", digits, name),
        unpin=frames.control("unpin", digits, name) if notification.pinned_at else None,
        delete=frames.control("delete", digits, name),
    )


def _is_marked(notification: Notification) -> bool:
    return bool(
        notification.pinned_at
        or notification.snoozed_until
        or notification.priority in URGENT
        or (notification.group and notification.group.count > 1)
    )


@lru_cache(maxsize=32)
def _addresses(urlconf: Any, *_depends_on: str | None) -> dict[str, Around]:
    """What stands before and after the id in each address; it depends on nothing else."""
    marker = 987654321987654321  # not to be found elsewhere in an address
    return {
        name: _around(
            reverse(f"django_inapp_notifications:{name}", args=[marker], urlconf=urlconf),
            str(marker),
        )
        for name in ACTIONS
    }


def _around(text: str, inside: str) -> Around:
    before, _, after = text.partition(inside)
    return escape(before), escape(after)


def _within(around: Around, inside: SafeString) -> SafeString:
    before, after = around
    return SafeString(f"{before}{inside}{after}")  # three pieces that are escaped
