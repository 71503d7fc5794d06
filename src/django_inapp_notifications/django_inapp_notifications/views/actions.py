"""Actions on an inbox: POST only, own rows only. Scripts get JSON, forms get a redirect."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from .. import clock, inbox
from ..inbox.markers import Marker, is_id
from ..models import Notification
from .access import for_owner
from .feedback import done, sentence, undoable

SNOOZES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}

#: The lengths that pages offer, as a value of `for` and the words for it.
SNOOZE_CHOICES = [
    ("hour", gettext_lazy("for an hour")),
    ("day", gettext_lazy("for a day")),
    ("week", gettext_lazy("for a week")),
]


@for_owner
@require_POST
def mark_as_read(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    return done(request, sentence("read", inbox.mark_read(request.user, [pk])))


@for_owner
@require_POST
def mark_as_unread(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    return done(request, sentence("unread", inbox.mark_unread(request.user, [pk])))


@for_owner
@require_POST
def mark_all_as_read(request: HttpRequest) -> HttpResponseBase:
    """Mark what the page showed as read: `up_to` is its marker, or an id. Default: all."""
    up_to = request.POST.get("up_to", "")
    try:
        shown = int(up_to) if is_id(up_to) else Marker.parse(up_to) if up_to else None
    except ValueError:
        return HttpResponseBadRequest("up_to must be the marker of a page.")
    inbox.mark_all_read(request.user, shown)
    return done(request, _("All notifications were marked as read."))


@for_owner
@require_POST
def delete_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    return undoable(request, pk, "delete", inbox.delete(request.user, [pk]))


@for_owner
@require_POST
def restore_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo a deletion, or move it from the archive to the inbox."""
    _require_own(request, pk)
    return done(request, sentence("restore", inbox.restore(request.user, [pk])))


@for_owner
@require_POST
def archive_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    return undoable(request, pk, "archive", inbox.archive(request.user, [pk]))


@for_owner
@require_POST
def snooze_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Snooze for an hour, a day or a week: `for`. Default: a day."""
    _require_own(request, pk)
    length = SNOOZES.get(request.POST.get("for", ""), SNOOZES["day"])
    return undoable(request, pk, "snooze", _snooze_for(length, request.user, [pk]))


@for_owner
@require_POST
def unsnooze_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    return done(request, sentence("unsnooze", inbox.unsnooze(request.user, [pk])))


@for_owner
@require_POST
def pin_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    return done(request, sentence("pin", inbox.pin(request.user, [pk])))


@for_owner
@require_POST
def unpin_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    return done(request, sentence("unpin", inbox.unpin(request.user, [pk])))


@for_owner
@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Apply one of BULK_ACTIONS to the selected `ids`. Ids of other users are ignored."""
    name = request.POST.get("action", "")
    ids = [int(text) for text in request.POST.getlist("ids") if is_id(text)]
    if name not in BULK_ACTIONS:
        return HttpResponseBadRequest("Unknown action.")
    if not ids:
        return done(request, _("Select at least one notification first."), messages.WARNING)
    return done(request, sentence(name, BULK_ACTIONS[name](request.user, ids)))


def _require_own(request: HttpRequest, pk: int) -> None:
    if not Notification.objects.of(request.user).filter(pk=pk).exists():
        raise Http404(_("Notification not found."))


def _snooze_for(length: timedelta, user: Any, ids: Iterable[int]) -> int:
    return inbox.snooze(user, ids, clock.now() + length)


BULK_ACTIONS: dict[str, Callable[[Any, Iterable[int]], int | list[int]]] = {
    "read": inbox.mark_read,
    "unread": inbox.mark_unread,
    "archive": inbox.archive,
    "restore": inbox.restore,
    "delete": inbox.delete,
    "pin": inbox.pin,
    "unpin": inbox.unpin,
    "unsnooze": inbox.unsnooze,
    **{f"snooze-{name}": partial(_snooze_for, length) for name, length in SNOOZES.items()},
}
