"""The JSON for the bell, answered with 304 while nothing has changed."""

import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from ..inbox import badge_and_marker, mark_seen
from ..inbox.feed import count_data, notification_data, recent
from .access import for_owner, json_only


@json_only
@for_owner
@require_safe
def unread_count(request: HttpRequest) -> HttpResponseBase:
    return _conditional(request, count_data(request.user))


@json_only
@for_owner
@require_safe
def recent_notifications(request: HttpRequest) -> HttpResponseBase:
    # Before the rows: what is committed in between is shown and stays unread.
    unread, marker = badge_and_marker(request.user)
    badge = count_data(request.user, unread)
    notifications = recent(request.user)
    mark_seen(request.user, notifications)
    data = {
        "notifications": [notification_data(each, request) for each in notifications],
        "unread_count": badge["count"],
        "unread_display": badge["display"],
        "unread_label": badge["label"],
        "quiet": badge["quiet"],
        # For "mark all as read": what was not shown, or counted, stays unread.
        "marker": str(marker) if unread.count else "",
    }
    return _conditional(request, data)


def _conditional(request: HttpRequest, data: dict[str, Any]) -> HttpResponseBase:
    response = JsonResponse(data)
    etag = quote_etag(hashlib.sha256(json.dumps(data).encode()).hexdigest()[:32])
    response["ETag"] = etag
    conditional = get_conditional_response(request, etag=etag, response=response)
    return conditional or response
