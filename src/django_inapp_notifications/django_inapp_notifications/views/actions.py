"""Actions on an inbox: POST only, own rows only. Scripts get JSON, forms get a redirect."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    JsonResponse,
)
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from .. import clock, inbox
from ..inbox.feed import count_data
from ..inbox.markers import Marker, is_id
from ..models import Notification
from .access import back_to, for_owner, wants_json

SNOOZES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


@for_owner
@require_POST
def mark_as_read(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    inbox.mark_read(request.user, [pk])
    return _done(request)


@for_owner
@require_POST
def mark_as_unread(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    inbox.mark_unread(request.user, [pk])
    return _done(request)


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
    return _done(request)


@for_owner
@require_POST
def delete_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    inbox.delete(request.user, [pk])
    response = _done(request)
    return _with_query(response, undo=pk) if response.status_code == 302 else response


@for_owner
@require_POST
def restore_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo a deletion, or move it from the archive to the inbox."""
    _require_own(request, pk)
    inbox.restore(request.user, [pk])
    return _done(request)


@for_owner
@require_POST
def archive_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    inbox.archive(request.user, [pk])
    return _done(request)


@for_owner
@require_POST
def snooze_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    inbox.snooze(
        request.user,
        [pk],
        clock.now() + SNOOZES.get(request.POST.get("for", ""), SNOOZES["day"]),
    )
    return _done(request)


@for_owner
@require_POST
def pin_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    inbox.pin(request.user, [pk])
    return _done(request)


@for_owner
@require_POST
def unpin_notification(request: HttpRequest, pk: int) -> HttpResponseBase:
    _require_own(request, pk)
    inbox.unpin(request.user, [pk])
    return _done(request)


@for_owner
@require_POST
def bulk(request: HttpRequest) -> HttpResponseBase:
    """Apply one of BULK_ACTIONS to the selected `ids`. Ids of other users are ignored."""
    action = BULK_ACTIONS.get(request.POST.get("action", ""))
    ids = [int(text) for text in request.POST.getlist("ids") if is_id(text)]
    if action is None:
        return HttpResponseBadRequest("Unknown action.")
    action(request.user, ids)
    return _done(request)


def _require_own(request: HttpRequest, pk: int) -> None:
    if not Notification.objects.of(request.user).filter(pk=pk).exists():
        raise Http404(_("Notification not found."))


def _done(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        badge = count_data(request.user)
        return JsonResponse(
            {
                "ok": True,
                "unread_count": badge["count"],
                "unread_display": badge["display"],
                "unread_label": badge["label"],
                "quiet": badge["quiet"],
            }
        )
    return back_to(request)


def _with_query(response: HttpResponse, **extra: int) -> HttpResponse:
    parts = urlsplit(response["Location"])
    query = "&".join(filter(None, [parts.query, urlencode(extra)]))
    response["Location"] = urlunsplit(parts._replace(query=query))
    return response


def _snooze_for(length: timedelta, user: Any, ids: Iterable[int]) -> int:
    return inbox.snooze(user, ids, clock.now() + length)


BULK_ACTIONS: dict[str, Callable[[Any, Iterable[int]], object]] = {
    "read": inbox.mark_read,
    "unread": inbox.mark_unread,
    "archive": inbox.archive,
    "restore": inbox.restore,
    "delete": inbox.delete,
    "pin": inbox.pin,
    "unpin": inbox.unpin,
    **{f"snooze-{name}": partial(_snooze_for, length) for name, length in SNOOZES.items()},
}
