"""Addresses that users name and this server calls: only https, and nothing inside the network."""

import ipaddress
import socket
from urllib.parse import urlsplit

from ..conf import settings
from ..exceptions import PermanentFailure, TemporaryFailure

# What is routed between networks; the rest of IPv6 is local, deprecated, or for many at once.
UNICAST = ipaddress.IPv6Network("2000::/3")
# IPv4 behind a translator (RFC 6052), which reaches what is inside just as well.
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
# For documentation (RFC 9637) and deprecated relays (RFC 7526): older Pythons take both for global.
RESERVED = [ipaddress.ip_network("3fff::/20"), ipaddress.ip_network("192.88.99.0/24")]


def check_address(address: str) -> str:
    """Return the address, or raise what look_up() raises."""
    look_up(address)
    return address


def look_up(address: str) -> list[str]:
    """The IP addresses to connect to; PermanentFailure if this server must not call the address.

    Every address that the name stands for must be public. NOTIFICATION_PRIVATE_HOSTS lists hosts
    that are meant to be called although they are not. TemporaryFailure if no name can be looked
    up at the moment.
    """
    # Two parsers may disagree about what else there is in it, and logs would show a second line.
    if not address.isascii() or not address.isprintable() or " " in address or "\\" in address:
        raise PermanentFailure("An address has only letters, digits and the signs of addresses.")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        raise PermanentFailure(f"The address is invalid: {error}") from error
    if host in settings.NOTIFICATION_PRIVATE_HOSTS and parts.scheme in ("http", "https"):
        return [host]
    if parts.scheme != "https" or not host or parts.username or parts.password:
        raise PermanentFailure("Only https addresses without a password in them are called.")
    found = _look_up(host, port)
    if not all(map(is_public, found)):
        raise PermanentFailure(f"The host {host!r} is not a public one.")
    return found


def is_public(ip: str) -> bool:
    """Whether this IP address is one on the internet, and of one machine."""
    found = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped
        if found in TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None:
            # IPv4 in a tunnel, which older Pythons take for an address like any other.
            is_machine = found in UNICAST and found.sixtofour is None
            return found.is_global and is_machine and found not in RESERVED[0]
        found = inner
    return found.is_global and not found.is_multicast and found not in RESERVED[1]


def _look_up(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) == socket.EAI_AGAIN:
            raise TemporaryFailure(f"The host {host!r} cannot be looked up now.") from error
        raise PermanentFailure(f"The host {host!r} is not known.") from error
    return [str(where[0]) for *_, where in found]
