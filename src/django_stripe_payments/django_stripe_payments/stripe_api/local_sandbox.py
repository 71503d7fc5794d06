"""Whether the site uses a sandbox on this machine instead of Stripe."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from ..conf import settings

#: The advice if no sandbox answers.
START = "Start manage.py stripe_sandbox"


def is_used() -> bool:
    """Return whether STRIPE_API_BASE is an address of this machine."""
    return is_local(settings.STRIPE_API_BASE)


def is_local(url: str) -> bool:
    """Return whether ``url`` is an address of this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
