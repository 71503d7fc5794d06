"""How often a user or an address may ask, counted in the site's cache in fixed windows.

Two statements of the cache per limit (``add``, ``incr``), atomic in Redis, Memcached and local
memory. Windows begin at whole minutes or hours, so that around the turn of one a client may have
twice its share. A cache that is down limits nobody: it must not take payments down with it.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest
from django.utils.translation import gettext as _

from .. import addresses
from ..conf import settings
from ..exceptions import RateLimited

logger = logging.getLogger(__name__)

#: Scope → who is counted → how often. A user is one customer; an address may be a whole school.
#: Stripe delivers from a dozen addresses, so that the webhook's limit is some 1,000 per second.
DEFAULTS: Mapping[str, Mapping[str, str | None]] = {
    # Starting a payment, or going on with one: what people who test stolen cards do most.
    "create_intent": {"user": "20/m", "address": "100/m"},
    # Asking Stripe how a payment stands, on the page that waits for the bank.
    "status": {"user": "120/m", "address": "600/m"},
    # Every other form that changes something: saved cards, refund requests.
    "action": {"user": "30/m", "address": "150/m"},
    "webhook": {"address": "6000/m"},
}

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_RATE = re.compile(r"([1-9]\d*)/([smhd])")


def check(scope: str, request: HttpRequest) -> None:
    """Count a request; raise RateLimited when its user or address had its share.

    Args:
        scope: a key of DEFAULTS, or one that STRIPE_RATE_LIMITS adds.
    """
    if not settings.STRIPE_RATE_LIMIT:
        return
    limits = limits_of(scope)
    waits = [
        _wait(scope, kind, who, rate)
        for kind, asker in ASKERS.items()
        if (rate := limits.get(kind)) and (who := asker(request))
    ]
    if any(waits):
        msg = _("Too many requests. Please wait a moment and try again.")
        raise RateLimited(msg, retry_after=max(waits))


def limits_of(scope: str) -> dict[str, str | None]:
    """Return who may ask how often: the defaults, and over them what the site says."""
    own = settings.STRIPE_RATE_LIMITS.get(scope, {})
    return {} if own is None else {**DEFAULTS.get(scope, {}), **own}


def parse(rate: str) -> tuple[int, int]:
    """Return how many requests in how many seconds. Raises ValueError."""
    match = _RATE.fullmatch(rate)
    if match is None:
        msg = f"{rate!r} is not a rate such as 20/m: a number, and s, m, h or d."
        raise ValueError(msg)
    return int(match[1]), SECONDS[match[2]]


def _user(request: HttpRequest) -> Any:
    user = getattr(request, "user", None)
    return user.pk if user is not None and user.is_authenticated else None


def _client_network(request: HttpRequest) -> str:
    # An undeclared proxy stands for every customer at once: none of them is to blame.
    if addresses.is_hidden(request):
        return ""
    return addresses.client_network(addresses.client_address(request))


#: Who is counted → how the one who asks is known, if at all. Only asked where there is a limit:
#: to know the user costs a request its session, and a webhook has none.
ASKERS: Mapping[str, Callable[[HttpRequest], Any]] = {"user": _user, "address": _client_network}


def _wait(scope: str, kind: str, who: Any, rate: str) -> int:
    """Count one request; return the seconds until the next is welcome, 0 for now."""
    allowed, seconds = parse(rate)
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
    except Exception:
        # Whatever a cache's driver raises: a shop that takes no money is the greater harm.
        logger.exception("The cache does not count requests: nobody is limited")
        return 0
