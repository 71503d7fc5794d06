"""The list and the detail page."""

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from .. import clock
from ..content.links import safe_link
from ..inbox import badge_and_marker, mark_clicked, mark_read, mark_seen
from ..inbox.access import visible
from ..inbox.badge import display_count, unread_count
from ..inbox.listing import Filters, Status, fetch_page, type_choices
from ..inbox.markers import is_id
from ..models import Folder, Notification, Priority
from .access import for_owner
from .actions import SNOOZE_CHOICES
from .feedback import without_undo
from .rows import is_snoozed, rows_of


@for_owner
@require_safe
def notification_list(request: HttpRequest) -> HttpResponseBase:
    filters = Filters.from_query(request.GET)
    before, after = _id(request.GET.get("before", "")), _id(request.GET.get("after", ""))
    at_top = before is None and after is None
    marker = ""
    # Only what was shown may be marked read, so only the first page offers the button.
    if at_top and filters in (Filters(), Filters(Status.UNREAD.value)):
        # Before the rows: what is committed in between is shown and stays unread.
        badge, shown = badge_and_marker(request.user)
        count, marker = badge.count, str(shown) if badge.count else ""
    else:
        count = unread_count(request.user)
    page = fetch_page(request.user, filters, before, after)
    if at_top and not filters.is_active:
        mark_seen(request.user, page.shown)
    context = {
        "page": page,
        "rows": rows_of(page.shown),
        "filters": filters,
        "statuses": Status.choices,
        "types": type_choices(),
        "priorities": Priority.choices,
        "unread_count": count,
        "unread_display": display_count(count),
        "marker": marker,
        "undo_id": _id(request.GET.get("undo", "")),
        "did": request.GET.get("did", "delete"),
        "snoozes": SNOOZE_CHOICES,
        "here": without_undo(request),
    }
    return render(request, "django_inapp_notifications/list.html", context)


# A GET that changes state on purpose: to open a notification is to read it. This is safe. It
# changes only the visitor's own row, it is idempotent, "mark as unread" reverts it, and the
# redirect goes to a checked address. Prefetches announce themselves and do not count as reading;
# mail scanners are not logged in.
@for_owner
@require_safe
def notification_detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    notification = own_notification(request, pk)
    prefetching = "prefetch" in request.headers.get(
        "Sec-Purpose", request.headers.get("Purpose", "")
    )
    if not prefetching:
        mark_read(request.user, [pk])
    action_url = safe_link(notification.message.action_url, request)
    target = safe_link(request.GET.get("next", ""), request) or action_url
    if target and "stay" not in request.GET:
        if target == action_url and not prefetching:
            mark_clicked(request.user, pk)
        return redirect(target)
    context = {
        "notification": notification,
        "action_url": action_url,
        "is_archived": notification.folder == Folder.ARCHIVE,
        "is_snoozed": is_snoozed(notification, clock.now()),
        "snoozes": SNOOZE_CHOICES,
    }
    return render(request, "django_inapp_notifications/detail.html", context)


def own_notification(request: HttpRequest, pk: int) -> Notification:
    """The visitor's own notification. Raises Http404 if it is another user's or does not exist."""
    rows: QuerySet[Notification] = Notification.objects.of(request.user).with_content()
    notification = get_object_or_404(rows.exclude(folder=Folder.DELETED), pk=pk)
    if not visible(request.user, [notification]):
        raise Http404
    return notification


def _id(text: str) -> int | None:
    return int(text) if is_id(text) else None
