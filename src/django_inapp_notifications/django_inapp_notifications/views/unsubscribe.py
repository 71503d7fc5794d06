"""Unsubscribing by a link in a mail. A GET changes nothing; a POST turns one thing off.

The link needs no log-in. It can only turn something off.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from .. import types
from ..channels import all_channels
from ..channels.unsubscribe_links import Subscription, read_token
from ..models import ALL_TYPES
from ..preferences import load, set_channel, set_type


# GET, HEAD: a confirmation page. Mail scanners follow links, so nothing changes.
# POST with the body that RFC 8058 prescribes: 200, however often. Mail programs have neither
#   cookie nor CSRF token, so the signed URL itself is the permission.
# POST with any other body or an invalid token: 400, nothing changes.
@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    subscription = read_token(token)
    if request.method != "POST":
        return _page(request, token, subscription, done=False)
    if subscription is None or request.POST.get("List-Unsubscribe") != "One-Click":
        return HttpResponseBadRequest(_("This link is invalid."), content_type="text/plain")
    _switch_off(subscription)
    return HttpResponse(_("You have been unsubscribed."), content_type="text/plain")


@login_not_required
@csrf_protect
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The form of the confirmation page, with CSRF protection like any other form.

    A GET, such as of a reloaded or bookmarked page, shows the form again.
    """
    subscription = read_token(token)
    if request.method != "POST":
        return _page(request, token, subscription, done=False)
    if subscription is not None:
        _switch_off(subscription)
    return _page(request, token, subscription, done=True)


def _switch_off(subscription: Subscription) -> None:
    user_id, channel = subscription.user_id, subscription.channel
    if channel not in all_channels():
        return
    if subscription.type == ALL_TYPES:
        set_channel(user_id, channel, False, how="one_click")
    elif subscription.type in types.type_registry:
        set_type(user_id, subscription.type, channel, False, how="one_click")


def _is_off(subscription: Subscription) -> bool:
    """Whether the link has nothing left to turn off. The page needs no button then."""
    channel, kind = subscription.channel, subscription.type
    if channel not in all_channels() or (kind != ALL_TYPES and kind not in types.type_registry):
        return True
    cells = load([subscription.user_id])[subscription.user_id].cells
    mine = (cells.get((each, channel)) for each in {ALL_TYPES, kind})
    return any(cell is not None and not cell.enabled for cell in mine)


def _page(
    request: HttpRequest, token: str, subscription: Subscription | None, *, done: bool
) -> HttpResponse:
    known = subscription is not None
    nothing_left = subscription is not None and not done and _is_off(subscription)
    channel = all_channels().get(subscription.channel) if subscription else None
    context = {
        "token": token,
        "is_valid": known,
        "done": done and known,
        "nothing_left": nothing_left,
        "everything": bool(subscription and subscription.type == ALL_TYPES),
        "type_label": str(types.find(subscription.type)) if subscription else "",
        "channel_label": channel.label if channel else "",
    }
    status = 200 if known else 404
    return render(request, "django_inapp_notifications/unsubscribe.html", context, status=status)
