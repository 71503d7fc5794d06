"""Who may ask: everybody for their own inbox, and nobody for another's."""

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
    """Ask for a log-in: by a redirect, or for a client that expects JSON by a 401.

    It answers anonymous visitors itself, so that LoginRequiredMiddleware does not send a polling
    script to an HTML page.
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
    """For endpoints that never answer with a page, whatever the Accept header says."""

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
    """Where a form came from, if it says so and that is on this site; else the list."""
    target = safe_link(request.POST.get("next", ""), request)
    return redirect(target or resolve_url("django_inapp_notifications:list"))


def is_id(text: str) -> bool:
    """Whether it can be the id of a notification: eighteen digits fit every database's bigint."""
    return text.isascii() and text.isdigit() and len(text) <= 18
