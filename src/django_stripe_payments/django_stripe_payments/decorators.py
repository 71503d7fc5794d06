"""Decorators for a site's own views.

``limit_rate`` counts the requests of a view that starts payments in the way that this app's own
pages are counted.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponseBase

from .exceptions import RateLimited
from .limits import rates
from .views.answers import prefers_json, too_many_requests

__all__ = ["limit_rate"]

#: HTTP's safe methods: they start nothing.
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

View = Callable[..., Any]


def limit_rate(scope: str = "create_intent") -> Callable[[View], View]:
    """Limit how often a user, and an address, may call a view that changes something.

    Every request but GET, HEAD and OPTIONS is counted. Above the limit the view is not called:
    the client gets a 429 with ``Retry-After``, as a page or, if it prefers JSON, as
    ``{"error": {"code": "rate_limited", "message": …}}``. Requests under one scope are counted
    together, those of this app's pages included. Use it below ``login_required``, so that a
    visitor who has to log in first is not counted. Coroutines may be decorated too.

    Args:
        scope: "create_intent" for views that start payments, "action" for other forms, or a
            name that STRIPE_RATE_LIMITS adds.

    Raises:
        ImproperlyConfigured: when the view is called, if the scope has no limits.
    """

    def decorate(view: View) -> View:
        if iscoroutinefunction(view):

            @functools.wraps(view)
            async def limited_coroutine(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                refused = await sync_to_async(_refusal)(scope, request)
                return refused or await view(request, *args, **kwargs)

            return limited_coroutine

        @functools.wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return _refusal(scope, request) or view(request, *args, **kwargs)

        return limited

    return decorate


def _refusal(scope: str, request: HttpRequest) -> HttpResponseBase | None:
    if request.method in SAFE:
        return None
    rates.require_scope(scope)
    try:
        rates.check(scope, request)
    except RateLimited as error:
        return too_many_requests(request, error, as_json=prefers_json(request))
    return None
