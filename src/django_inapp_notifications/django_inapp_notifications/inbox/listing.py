"""Pages of the inbox, by keyset: a page 2,000 deep costs what the first one costs."""

from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.db import models, router
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import clock, types
from ..conf import settings
from ..database.pages import in_order
from ..database.statements import Prepared, id_slot, now_slot, user_slot
from ..models import Folder, Notification, NotificationQuerySet, Priority
from .access import fill, visible

# More is not needed to find a notification, and keeps a search of many rows bounded.
SEARCH_LENGTH = 100


class Status(models.TextChoices):
    ALL = "all", pgettext_lazy("notifications", "All")
    UNREAD = "unread", pgettext_lazy("notifications", "Unread")
    READ = "read", pgettext_lazy("notifications", "Read")
    ARCHIVED = "archived", pgettext_lazy("notifications", "Archived")
    SNOOZED = "snoozed", pgettext_lazy("notifications", "Snoozed")


@dataclass(frozen=True)
class Filters:
    """What the address of the list asks for; anything unknown in it means no filter."""

    status: str = Status.ALL.value
    type: str = ""
    priority: str = ""
    text: str = ""

    @classmethod
    def from_query(cls, query: QueryDict) -> "Filters":
        status, priority = query.get("status", ""), query.get("priority", "")
        return cls(
            status=status if status in Status.values else Status.ALL.value,
            type=query.get("type", "")[:64] if types.SLUG.match(query.get("type", "")) else "",
            priority=priority if priority in Priority.values else "",
            text=query.get("q", "").replace("\x00", "").strip()[:SEARCH_LENGTH],
        )

    def querystring(self, **extra: Any) -> str:
        status = "" if self.status == Status.ALL else self.status
        named = {
            "status": status,
            "type": self.type,
            "priority": self.priority,
            "q": self.text,
            **extra,
        }
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def is_active(self) -> bool:
        return self != Filters()


@dataclass(frozen=True)
class Page:
    items: list[Notification]
    # Ids to continue from in each direction; None where there is nothing more.
    older: int | None
    newer: int | None
    # Shown before the items, on the first page of the whole inbox.
    pinned: list[Notification] = field(default_factory=list)

    @property
    def shown(self) -> list[Notification]:
        return [*self.pinned, *self.items]


def fetch_page(
    user: Any,
    filters: Filters,
    before: int | None = None,
    after: int | None = None,
    size: int | None = None,
) -> Page:
    """The newest notifications, or those below the id `before`, or those just above `after`.

    `size` is how many; NOTIFICATION_PAGE_SIZE without it.
    """
    size = size or settings.NOTIFICATION_PAGE_SIZE
    forwards = after is not None and before is None
    first: list[Notification] = []

    def read(border: int | None) -> list[Notification]:
        rows = _read(user, filters, border, forwards, size + 1)
        first.extend(rows[: not first])
        return rows

    items, beyond = fill(user, size, read, after if forwards else before)
    if forwards:
        items.reverse()
    at_top = before is None and not forwards and filters.status == Status.ALL
    may_pin = at_top and (not first or first[0].has_pinned)
    oldest, newest_id = (items[-1].pk, items[0].pk) if items else (None, None)
    return Page(
        items=items,
        pinned=_pinned(user, filters) if may_pin else [],
        older=oldest if forwards else beyond,
        newer=beyond if forwards else newest_id if before is not None else None,
    )


def _read(
    user: Any, filters: Filters, border: int | None, forwards: bool, count: int
) -> list[Notification]:
    """So many rows beyond an id, whether or not the user may see them."""
    if not (forwards or filters.is_active):
        return newest(user, count, below=border)
    between: dict[str, Any] = {"newest_first": not forwards}
    if border is not None:
        between["above" if forwards else "below"] = border
    found: list[Notification] = []
    for source in _by_status(user, filters, dict(between)):
        found += _narrowed(source, filters).with_content().annotate_has_pinned(user)[:count]
    found.sort(key=attrgetter("pk"), reverse=not forwards)
    return found[:count]


def newest(user: Any, count: int, below: int | None = None) -> list[Notification]:
    """The newest of the inbox that are not pinned, with their content and `has_pinned`."""
    using = router.db_for_read(Notification)
    rows = _newest(using, count, below is None)
    found: list[Notification] = rows.fetch(user=user.pk, now=clock.now(), below=below)
    return found


@lru_cache(maxsize=32)
def _newest(using: str, count: int, at_top: bool) -> Prepared:
    user, between = user_slot(), {} if at_top else {"below": id_slot("below")}
    current = Notification.objects.using(using).current(now_slot())
    rows = in_order(current.filter(folder=Folder.INBOX, pinned_at=None), user, **between)
    return Prepared(rows.with_content().annotate_has_pinned(user)[:count])


def _pinned(user: Any, filters: Filters) -> list[Notification]:
    rows = _narrowed(Notification.objects.current().pinned(user), filters)
    return visible(user, rows.with_content())


def _by_status(user: Any, filters: Filters, between: dict[str, Any]) -> list[NotificationQuerySet]:
    """The queries whose union is asked for; each walks one index in order of ids."""
    current, status = Notification.objects.current(), filters.status
    if status == Status.UNREAD:
        return [
            current.unread_above_watermark(user, **between),
            current.marked_unread(user, **between),
        ]
    if status == Status.READ:
        return current.read_by(user, **between)
    if status == Status.SNOOZED:  # which marks as unread
        snoozed = Notification.objects.filter(snoozed_until__gt=clock.now())
        return [snoozed.marked_unread(user, **between)]
    if status == Status.ARCHIVED:
        rows = Notification.objects.filter(folder=Folder.ARCHIVE)
    else:
        rows = current.filter(folder=Folder.INBOX, pinned_at=None)  # which come first
    return [in_order(rows, user.pk, **between)]


def _narrowed(source: NotificationQuerySet, filters: Filters) -> NotificationQuerySet:
    if filters.type:
        source = source.filter(type=filters.type)
    if filters.priority:
        source = source.filter(priority=filters.priority)
    if filters.text:
        words = models.Q(message__title__icontains=filters.text) | models.Q(
            message__text__icontains=filters.text
        )
        source = source.filter(words)
    return source


def type_choices() -> list[tuple[str, Any]]:
    return [("", _("All types")), *((each.slug, str(each)) for each in types.all_types())]
