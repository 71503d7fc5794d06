"""A browser subscribes, or leaves. Only its owner's session may do either, with a CSRF token."""

from importlib.resources import files
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from ..channels import all_channels
from ..channels import push_keys as push
from .access import for_owner, json_only

# In the session: the endpoint of the browser that it belongs to, to be forgotten at log-out.
SESSION_KEY = "inapp_notifications_push"


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
    request.session[SESSION_KEY] = endpoint
    return JsonResponse({"ok": True})


@json_only
@for_owner
@require_POST
def unsubscribe(request: HttpRequest) -> HttpResponseBase:
    """Forget a browser of the visitor's. Another user's, or an unknown one, is left as it is."""
    _require_channel()
    push.forget(request.user, request.POST.get("endpoint", ""))
    request.session.pop(SESSION_KEY, None)
    return JsonResponse({"ok": True})


# From here and not from STATIC_URL, which may be another host: a browser takes no worker from
# there. It asks for it anew on its own, also when nobody is logged in.
@login_not_required
@cache_control(public=True, max_age=3600)
@require_safe
def worker(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    _require_channel()
    folder = files("django_inapp_notifications") / "static" / "django_inapp_notifications"
    script = (folder / "push-worker.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


def forget_at_logout(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """Whoever uses this browser next must not see what is for its last user."""
    session = getattr(request, "session", None)
    endpoint = session.get(SESSION_KEY) if session is not None else None
    if endpoint and user is not None:
        push.forget(user, endpoint)


def _require_channel() -> None:
    if "push" not in all_channels():
        raise Http404("Web push is not used here.")
