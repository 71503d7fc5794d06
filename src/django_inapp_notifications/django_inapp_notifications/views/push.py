"""Subscribing a browser to web push. Needs the owner's session and a CSRF token."""

from importlib.resources import files
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from ..channels import all_channels
from ..channels import push_keys as push
from ..conf import settings
from ..models.push import hash_of
from .access import for_owner, json_only

# Session key for the endpoint of this browser, which is unsubscribed at log-out.
SESSION_KEY = "inapp_notifications_push"
# Cookie with a hash of that endpoint. It outlives a session: one that expired, or that Django
# flushes when another user logs in without a log-out.
COOKIE = "inapp_notifications_push"
COOKIE_SECONDS = 365 * 24 * 3600


@json_only
@for_owner
@require_POST
def subscribe(request: HttpRequest) -> HttpResponseBase:
    _require_channel()
    endpoint, p256dh, auth = (request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth"))
    try:
        push.remember(request.user, endpoint, p256dh, auth)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=400)
    return _remember_browser(request, endpoint, JsonResponse({"ok": True}))


@json_only
@for_owner
@require_POST
def unsubscribe(request: HttpRequest) -> HttpResponseBase:
    """Forget one of the visitor's browsers. Browsers of other users are left alone."""
    _require_channel()
    push.forget(request.user, request.POST.get("endpoint", ""))
    request.session.pop(SESSION_KEY, None)
    response = JsonResponse({"ok": True})
    response.delete_cookie(
        COOKIE, settings.SESSION_COOKIE_PATH, settings.SESSION_COOKIE_DOMAIN, samesite="Lax"
    )
    return response


# The endpoint is a secret of its browser, so it comes in the body and never in an address.
@json_only
@for_owner
@require_POST
def status(request: HttpRequest) -> HttpResponseBase:
    """Whether a browser is subscribed for the visitor.

    The browser cannot know: its subscription outlives a log-out, and may be another user's by now.
    """
    _require_channel()
    endpoint = request.POST.get("endpoint", "")
    subscribed = push.is_remembered(request.user, endpoint)
    response = JsonResponse({"subscribed": subscribed})
    return _remember_browser(request, endpoint, response) if subscribed else response


# The service worker has neither a token nor, for certain, a session: the secret of the address that
# was replaced says which browser it is.
@csrf_exempt
@login_not_required
@require_POST
def renew(request: HttpRequest) -> HttpResponseBase:
    """Put a browser's new address and keys in the place of those that its push service replaced."""
    _require_channel()
    names = ("old_endpoint", "old_auth", "endpoint", "p256dh", "auth")
    old, secret, *new = (request.POST.get(name, "") for name in names)
    try:
        renewed = push.renew(old, secret, *new)
    except ValidationError as error:
        return JsonResponse({"error": " ".join(error.messages)}, status=400)
    if not renewed:
        raise Http404("No such browser is subscribed.")
    return _remember_browser(request, new[0], JsonResponse({"ok": True}))


# Served here because browsers reject a worker from another host, which STATIC_URL may be.
# Browsers fetch it again on their own, even when no one is logged in.
@login_not_required
@cache_control(public=True, max_age=3600)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    _require_channel()
    folder = files("django_inapp_notifications") / "static" / "django_inapp_notifications"
    script = (folder / "push-worker.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


def forget_at_logout(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Unsubscribe the browser, so that its next user does not see the last one's notifications."""
    session = getattr(request, "session", None)
    endpoint = session.get(SESSION_KEY) if session is not None else None
    if endpoint and user is not None:
        push.forget(user, endpoint)


def forget_at_login(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Unsubscribe the browser for the user before, if that was another one."""
    mark = getattr(request, "COOKIES", {}).get(COOKIE)
    if mark:
        push.forget_others(user, mark)


def _remember_browser(request: HttpRequest, endpoint: str, response: HttpResponse) -> HttpResponse:
    """Note in session and cookie whose browser it is, for a log-out and for another's log-in."""
    if request.user.is_authenticated and request.session.get(SESSION_KEY) != endpoint:
        request.session[SESSION_KEY] = endpoint
    response.set_cookie(
        COOKIE,
        hash_of(endpoint),
        max_age=COOKIE_SECONDS,
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _require_channel() -> None:
    if "push" not in all_channels():
        raise Http404("Web push is not enabled.")
