"""Addresses that users name and this server calls: only https, and nothing inside the network."""

import ipaddress
import socket
from urllib.parse import urlsplit

from .conf import settings
from .exceptions import PermanentFailure

__all__ = ["check_address"]


def check_address(address: str) -> str:
    """Return the address; raise PermanentFailure for one that this server must not call.

    Every address that the name stands for must be public. NOTIFICATION_PRIVATE_HOSTS lists hosts
    that are meant to be called although they are not.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if host in settings.NOTIFICATION_PRIVATE_HOSTS and parts.scheme in ("http", "https"):
        return address
    if parts.scheme != "https" or not host or parts.username or parts.password:
        raise PermanentFailure("Only https addresses without a password in them are called.")
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise PermanentFailure(f"The host {host!r} is not known.") from error
    for *_, where in found:
        if not ipaddress.ip_address(where[0]).is_global:
            raise PermanentFailure(f"The host {host!r} is not a public one.")
    return address
