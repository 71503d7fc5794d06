"""The lines of the list, made ready for the template: each thing is looked up and put once.

A page has dozens of lines with a dozen addresses and names each; a template that asks for them
one by one takes longer than the database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.text import Truncator
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from .conf import settings
from .models import Notification, Priority

__all__ = ["Row", "rows_of"]

#: Priorities that a line names.
URGENT = {Priority.HIGH, Priority.URGENT}

TEXT_LENGTH = 240

ACTIONS = ("detail", "mark_as_read", "mark_as_unread", "unpin", "delete")


@dataclass(frozen=True)
class Row:
    """One notification, with its texts in the active language and the addresses of its actions."""

    notification: Notification
    #: Digits without the separators that a site may show numbers with.
    id: str
    title: str
    #: As much of it as a line shows.
    text: str
    kind: str
    is_read: bool
    #: When it was made, as ISO 8601 has it.
    created_at: str
    #: Whether it is grouped, pinned, snoozed or pressing. Most are not: that saves four questions.
    is_marked: bool
    #: By name of the address.
    urls: dict[str, str]
    #: What a screen reader says of each control.
    labels: dict[str, str]
    #: What stands on them; the same for all rows.
    words: dict[str, str]


def rows_of(notifications: Iterable[Notification]) -> list[Row]:
    urlconf = get_urlconf() or settings.ROOT_URLCONF
    addresses = _addresses(urlconf, get_script_prefix(), get_language())
    labels = {
        "select": gettext("Select “%(title)s”"),
        "mark_as_read": gettext("Mark “%(title)s” as read"),
        "mark_as_unread": gettext("Mark “%(title)s” as unread"),
        "unpin": gettext("Unpin “%(title)s”"),
        "delete": gettext("Delete “%(title)s”"),
    }
    words = {
        "unread": gettext("Unread:"),
        "mark_as_read": gettext("Mark read"),
        "mark_as_unread": gettext("Mark unread"),
        "unpin": gettext("Unpin"),
        "delete": gettext("Delete"),
    }
    return [_row(each, addresses, labels, words) for each in notifications]


def _row(
    notification: Notification,
    addresses: dict[str, tuple[str, str]],
    labels: dict[str, str],
    words: dict[str, str],
) -> Row:
    title, text, pk = notification.title, notification.text, str(notification.pk)
    return Row(
        notification=notification,
        id=pk,
        title=title,
        text=text if len(text) <= TEXT_LENGTH else Truncator(text).chars(TEXT_LENGTH),
        kind=str(notification.kind),
        is_read=notification.is_read,
        created_at=localtime(notification.created_at).isoformat(),
        is_marked=_is_marked(notification),
        urls={name: f"{before}{pk}{after}" for name, (before, after) in addresses.items()},
        labels={name: label % {"title": title} for name, label in labels.items()},
        words=words,
    )


def _is_marked(notification: Notification) -> bool:
    return bool(
        notification.pinned_at
        or notification.snoozed_until
        or notification.priority in URGENT
        or (notification.group and notification.group.count > 1)
    )


@lru_cache(maxsize=32)
def _addresses(urlconf: Any, *_depends_on: str | None) -> dict[str, tuple[str, str]]:
    """What stands before and after the id in each address; it depends on nothing else."""
    marker = 987654321987654321  # not to be found elsewhere in an address
    found = {}
    for name in ACTIONS:
        address = reverse(f"django_inapp_notifications:{name}", args=[marker], urlconf=urlconf)
        before, _, after = address.partition(str(marker))
        found[name] = (before, after)
    return found
