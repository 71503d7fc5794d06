"""Rate limits per user and per address, counted in the site's cache in fixed windows.

A limit takes two operations of the cache (``add``, ``incr``), which are atomic in Redis, Memcached
and local memory. Windows begin at whole minutes or hours, so a client may send twice its limit
around the start of one. While the cache is down there are no limits: payments must continue.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from math import ceil

from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.translation import gettext as _

from .. import addresses
from ..conf import settings
from ..exceptions import RateLimited
from ..logs.redaction import redacted_traceback

logger = logging.getLogger(__name__)

#: Scope → what is counted → rate. A user is one customer; an address may be a whole school.
#: Stripe delivers from a dozen addresses, so the webhook's limit is about 1,000 per second.
DEFAULTS: Mapping[str, Mapping[str, str | None]] = {
    # Starting or resuming a payment, which is what people who test stolen cards do.
    "create_intent": {"user": "20/m", "address": "100/m"},
    # Asking Stripe for a payment's status, on the page that waits for the bank.
    "status": {"user": "120/m", "address": "600/m"},
    # Every other form that changes something: saved cards, refund requests.
    "action": {"user": "30/m", "address": "150/m"},
    "webhook": {"address": "6000/m"},
}

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_RATE = re.compile(r"([1-9]\d*)/([smhd])")


def check(scope: str, request: HttpRequest) -> None:
    """Count a request; raise RateLimited if its user or address has reached the limit.

    Args:
        scope: a key of DEFAULTS, or one that STRIPE_RATE_LIMITS adds.
    """
    if not settings.STRIPE_RATE_LIMIT:
        return
    limits = limits_of(scope)
    waits = [
        _wait(scope, kind, who, rate, clients)
        for kind, sharers_of in COUNTED_BY.items()
        if (rate := limits.get(kind))
        for who, clients in sharers_of(request).items()
    ]
    if any(waits):
        msg = _("Too many requests. Please wait a moment and try again.")
        raise RateLimited(msg, retry_after=max(waits))


def require_scope(scope: str) -> None:
    """Raise ImproperlyConfigured for a name that is not a scope: it would not be limited at all."""
    known = {*DEFAULTS, *settings.STRIPE_RATE_LIMITS}
    if scope not in known:
        msg = (
            f"{scope!r} is not a scope of rate limits. Add it to STRIPE_RATE_LIMITS, for example "
            f'{{"{scope}": {{"user": "20/m"}}}}, or use one of: {", ".join(sorted(known))}.'
        )
        raise ImproperlyConfigured(msg)


def limits_of(scope: str) -> dict[str, str | None]:
    """Return the rates of a scope: the defaults, changed by STRIPE_RATE_LIMITS."""
    own = settings.STRIPE_RATE_LIMITS.get(scope, {})
    return {} if own is None else {**DEFAULTS.get(scope, {}), **own}


def parse(rate: str) -> tuple[int, int]:
    """Return the number of requests and the seconds of a rate. Raises ValueError."""
    match = _RATE.fullmatch(rate)
    if match is None:
        msg = f"{rate!r} is not a rate: write a number and s, m, h or d, such as 20/m."
        raise ValueError(msg)
    return int(match[1]), SECONDS[match[2]]


def _user(request: HttpRequest) -> dict[str, int]:
    user = getattr(request, "user", None)
    return {str(user.pk): 1} if user is not None and user.is_authenticated else {}


#: What is counted → how to find it in a request: names, and how many clients may share each.
#: Called only if there is a limit: finding the user loads the session, and a webhook has none.
COUNTED_BY: Mapping[str, Callable[[HttpRequest], dict[str, int]]] = {
    "user": _user,
    "address": addresses.sharers,
}


def _wait(scope: str, kind: str, who: str, rate: str, clients: int) -> int:
    """Count one request; return the seconds until the next one is accepted, 0 for now."""
    allowed, seconds = parse(rate)
    allowed *= clients
    now = time.time()
    key = f"stripe_payments:{scope}:{kind}:{who}:{seconds}:{int(now // seconds)}"
    if _count(key, seconds) <= allowed:
        return 0
    return max(1, ceil(seconds - now % seconds))


def _count(key: str, seconds: int) -> int:
    try:
        cache = caches[settings.STRIPE_RATE_LIMIT_CACHE]
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key)
    except Exception as error:
        # Any error of the cache's driver: not taking money would be the greater harm.
        text = "The cache can't count requests, so no rate limit applies\n%s"
        logger.error(text, redacted_traceback(error))
        return 0
