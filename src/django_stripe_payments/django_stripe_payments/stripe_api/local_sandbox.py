"""Whether the site talks to a sandbox on this machine instead of to Stripe."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from ..conf import settings

#: What a developer has to do when nothing answers.
START = "Start manage.py stripe_sandbox"


def is_used() -> bool:
    """Whether STRIPE_API_BASE is an address of this machine."""
    return is_local(settings.STRIPE_API_BASE)


def is_local(url: str) -> bool:
    """Whether ``url`` leads to this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
