"""Access to the views: users see their own inbox only."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from ..content.links import safe_link

View = Callable[..., HttpResponseBase]


def for_owner(view: View) -> View:
    """Require a log-in: redirect to the log-in page, or answer 401 to a client that expects JSON.

    The view handles anonymous visitors itself, because LoginRequiredMiddleware would redirect a
    polling script to an HTML page.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if wants_json(request):
            return JsonResponse({"error": _("Log in to see your notifications.")}, status=401)
        return redirect_to_login(request.get_full_path())

    return login_not_required(cache_control(private=True, no_cache=True)(checked))


def json_only(view: View) -> View:
    """Answer with JSON only, whatever the Accept header says."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.always_json = True  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return marked


def wants_json(request: HttpRequest) -> bool:
    if (
        getattr(request, "always_json", False)
        or request.headers.get("X-Requested-With") == "XMLHttpRequest"
    ):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def back_to(request: HttpRequest) -> HttpResponse:
    """Redirect to the form's `next` address if it is on this site, and to the list otherwise."""
    target = safe_link(request.POST.get("next", ""), request)
    return redirect(target or resolve_url("django_inapp_notifications:list"))
